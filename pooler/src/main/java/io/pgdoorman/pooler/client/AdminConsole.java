package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.wire.Column;
import io.pgdoorman.pooler.wire.PgError;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The server behind the console's databases: it lives in this process.
@FunctionalInterface
public interface AdminConsole {
    /// What whoever logs in to the console is told, and what SHOW answers for these names.
    List<Map.Entry<String, String>> PARAMETERS = List.of(
            Map.entry("server_version", "17.0"),
            Map.entry("server_encoding", "UTF8"),
            Map.entry("client_encoding", "UTF8"),
            Map.entry("DateStyle", "ISO, MDY"),
            Map.entry("integer_datetimes", "on"),
            Map.entry("standard_conforming_strings", "on"));

    /// What somebody may do in the console.
    enum Rights {
        ALL,
        /// Look, and change nothing.
        SHOW
    }

    /// Reads one query string; nothing is done yet.
    Prepared prepare(String sql, Rights rights);

    /// A query string that was read.
    sealed interface Prepared {
        record Refused(PgError error) implements Prepared {}

        /// One that was understood.
        sealed interface Statement extends Prepared {}

        /// Nothing but white space and comments.
        record Nothing() implements Statement {}

        /// @param columns of the rows that it answers with; none when it has no rows
        /// @param run does it
        record Command(List<Column> columns, Supplier<Running> run) implements Statement {}
    }

    /// A command that was begun.
    ///
    /// @param answer completes on any thread, never exceptionally
    /// @param abandon gives it up before it was answered, when whoever gave the command cancels it or leaves;
    /// null for one that goes on nevertheless
    record Running(CompletionStage<Answer> answer, @Nullable Runnable abandon) {}

    /// What a command answers.
    sealed interface Answer {
        record Rows(List<List<@Nullable String>> rows, String tag) implements Answer {}

        record Done(String tag) implements Answer {}

        /// A prepared statement of the session is forgotten, or all are.
        ///
        /// @param statement null for all
        record Forgotten(String tag, @Nullable String statement) implements Answer {}

        /// The command failed; the connection goes on.
        record Failed(PgError error) implements Answer {}
    }
}
