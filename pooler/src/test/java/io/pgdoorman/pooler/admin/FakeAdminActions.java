package io.pgdoorman.pooler.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A process with one database `db` that remembers what it was asked.
final class FakeAdminActions implements AdminActions {

    final List<String> calls = new ArrayList<>();
    CompletionStage<ReloadOutcome> nextOutcome = CompletableFuture.completedFuture(new ReloadOutcome.Live());

    boolean fulfilled = true;

    @Override
    public CompletionStage<ReloadOutcome> reload() {
        calls.add("reload");
        return nextOutcome;
    }

    @Override
    public CompletionStage<PoolOrder> pause(@Nullable String database) {
        return noted("pause", database);
    }

    @Override
    public CompletionStage<PoolOrder> resume(@Nullable String database) {
        return noted("resume", database);
    }

    @Override
    public CompletionStage<PoolOrder> reconnect(@Nullable String database) {
        return noted("reconnect", database);
    }

    @Override
    public void shutdown() {
        calls.add("shutdown");
    }

    @Override
    public ProcessView process() {
        return new ProcessView("0.1.0", "ready", "abc", 7L);
    }

    private CompletionStage<PoolOrder> noted(String action, @Nullable String database) {
        calls.add(action + " " + database);
        return CompletableFuture.completedFuture(
                new PoolOrder(database == null || database.equals("db") ? 1 : 0, fulfilled));
    }
}
