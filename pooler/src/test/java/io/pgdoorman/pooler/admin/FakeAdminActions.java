package io.pgdoorman.pooler.admin;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A process with one database `db` that remembers what it was asked.
final class FakeAdminActions implements AdminActions {

    final List<String> calls = new ArrayList<>();
    CompletionStage<ReloadOutcome> nextOutcome = CompletableFuture.completedFuture(new ReloadOutcome.Live());

    boolean fulfilled = true;

    Optional<String> upgradeFailure = Optional.empty();

    private final Set<String> disabled = new HashSet<>();

    @Override
    public CompletionStage<ReloadOutcome> reload() {
        calls.add("reload");
        return nextOutcome;
    }

    @Override
    public CompletionStage<Optional<String>> upgrade() {
        calls.add("upgrade");
        return CompletableFuture.completedFuture(upgradeFailure);
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
    public CompletionStage<Void> suspend() {
        calls.add("suspend");
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public boolean isSuspended() {
        return calls.contains("suspend");
    }

    @Override
    public CompletionStage<PoolOrder> reconnect(@Nullable String database) {
        return noted("reconnect", database);
    }

    @Override
    public CompletionStage<PoolOrder> waitClose(@Nullable String database) {
        return noted("wait_close", database);
    }

    @Override
    public CompletionStage<PoolOrder> kill(@Nullable String database) {
        return noted("kill", database);
    }

    @Override
    public boolean killClient(long id) {
        calls.add("kill_client " + id);
        return id == 5;
    }

    @Override
    public boolean admit(String database, boolean isOpen) {
        calls.add((isOpen ? "enable " : "disable ") + database);
        return database.equals("db") && (isOpen ? disabled.remove(database) : disabled.add(database));
    }

    @Override
    public Set<String> disabled() {
        return disabled;
    }

    @Override
    public CompletionStage<Integer> resetInterner() {
        calls.add("reset interner");
        return CompletableFuture.completedFuture(3);
    }

    @Override
    public void shutdown(Ending ending) {
        calls.add("shutdown " + ending);
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
