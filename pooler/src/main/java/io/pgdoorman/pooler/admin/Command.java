package io.pgdoorman.pooler.admin;

import java.util.List;
import java.util.concurrent.CompletionStage;

/// One command of the console.
interface Command {

    /// Its words in lower case, as `show pools`.
    String name();

    /// Its line in SHOW HELP.
    String usage();

    /// Runs it with what follows its name.
    CompletionStage<Reply> run(List<Token> arguments);
}
