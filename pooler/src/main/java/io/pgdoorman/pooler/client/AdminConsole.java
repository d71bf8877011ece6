package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.wire.Column;
import io.pgdoorman.pooler.wire.PgError;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The server behind the console's databases: it lives in this process.
@FunctionalInterface
public interface AdminConsole {
    /// Reads one query string; nothing is done yet.
    Prepared prepare(String sql);

    /// A query string that was read.
    sealed interface Prepared {
        record Refused(PgError error) implements Prepared {}

        /// One that was understood.
        sealed interface Statement extends Prepared {}

        /// Nothing but white space and comments.
        record Nothing() implements Statement {}

        /// @param columns of the rows that it answers with; none when it has no rows
        /// @param run does it; what it returns completes on any thread, never exceptionally
        record Command(List<Column> columns, Supplier<CompletionStage<Answer>> run) implements Statement {}
    }

    /// What a command answers.
    sealed interface Answer {
        record Rows(List<List<@Nullable String>> rows, String tag) implements Answer {}

        record Done(String tag) implements Answer {}

        /// The command failed; the connection goes on.
        record Failed(PgError error) implements Answer {}
    }
}
