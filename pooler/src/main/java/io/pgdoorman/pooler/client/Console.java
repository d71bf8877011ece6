package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.wire.PgError;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The server behind the console's databases: it lives in this process.
@FunctionalInterface
public interface Console {
    /// Runs one command; completes on any thread, never exceptionally.
    CompletionStage<Answer> execute(String sql);

    /// What a command answers.
    sealed interface Answer {
        record Rows(List<String> columns, List<List<@Nullable String>> rows, String tag) implements Answer {}

        record Done(String tag) implements Answer {}

        record Empty() implements Answer {}

        record Failed(PgError error) implements Answer {}
    }
}
