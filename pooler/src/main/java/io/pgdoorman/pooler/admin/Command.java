package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import io.pgdoorman.pooler.wire.Column;
import java.util.List;
import java.util.concurrent.CompletionStage;

/// One command of the console.
interface Command {

    /// Its words in lower case, as `show pools`.
    String name();

    /// Its line in SHOW HELP.
    String usage();

    /// Of the rows that it answers with; none when it has no rows.
    default List<Column> columns() {
        return List.of();
    }

    /// Runs it with what follows its name.
    CompletionStage<Answer> run(List<Token> arguments);
}
