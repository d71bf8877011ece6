package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import io.pgdoorman.pooler.wire.Column;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One command of the console.
interface Command {

    /// Its words in lower case, as `show pools`.
    String name();

    /// Its line in SHOW HELP.
    String usage();

    /// Of the rows that it answers with; none when it has no rows.
    default List<Column> columns(List<Token> arguments) {
        return List.of();
    }

    /// Whether it changes nothing and shows no secret, so that whoever may only look may give it.
    default boolean changesNothing(List<Token> arguments) {
        return false;
    }

    /// Whether SHOW HELP names it; what is accepted only for the sake of drivers is left out.
    default boolean isListed() {
        return true;
    }

    /// Runs it with what follows its name.
    CompletionStage<Answer> run(List<Token> arguments);

    /// What is to be done when whoever gave it does not wait for its answer any more; null when it goes on.
    default @Nullable Runnable abandonment(List<Token> arguments) {
        return null;
    }
}
