package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.wire.Column;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A table whose rows are at hand.
abstract class ShowCommand extends ShowTable {

    @SafeVarargs
    ShowCommand(String what, List<Column>... columns) {
        super(what, columns);
    }

    abstract List<List<@Nullable String>> rows();

    @Override
    final CompletionStage<List<List<@Nullable String>>> table() {
        return CompletableFuture.completedFuture(rows());
    }
}
