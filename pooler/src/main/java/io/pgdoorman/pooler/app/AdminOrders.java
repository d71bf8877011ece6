package io.pgdoorman.pooler.app;

import io.pgdoorman.config.read.Fault;
import io.pgdoorman.pooler.admin.AdminActions;
import io.pgdoorman.pooler.admin.PoolOrder;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.reload.ReloadOutcome;
import io.pgdoorman.pooler.server.ServerConnection;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What the console orders, done by the process.
final class AdminOrders implements AdminActions {
    private final Pooler pooler;

    AdminOrders(Pooler pooler) {
        this.pooler = pooler;
    }

    @Override
    public CompletionStage<io.pgdoorman.pooler.admin.ReloadOutcome> reload() {
        return CompletableFuture.supplyAsync(() -> outcome(pooler.reload(null, null)), pooler.errands());
    }

    private static io.pgdoorman.pooler.admin.ReloadOutcome outcome(ReloadOutcome outcome) {
        return switch (outcome) {
            case ReloadOutcome.Applied _, ReloadOutcome.Unchanged _ ->
                new io.pgdoorman.pooler.admin.ReloadOutcome.Live();
            case ReloadOutcome.Rejected(var _, var refused) ->
                new io.pgdoorman.pooler.admin.ReloadOutcome.Refused(
                        refused.faults().stream().map(Fault::toString).collect(Collectors.joining("; ")));
            case ReloadOutcome.Stale _, ReloadOutcome.Fenced _ ->
                throw new IllegalStateException("a reload without conditions met one: " + outcome);
        };
    }

    @Override
    public CompletionStage<PoolOrder> pause(@Nullable String database) {
        return order(database, Pool::pause);
    }

    @Override
    public CompletionStage<PoolOrder> resume(@Nullable String database) {
        return CompletableFuture.completedFuture(new PoolOrder(pooler.forPools(database, Pool::resume), true));
    }

    @Override
    public CompletionStage<PoolOrder> reconnect(@Nullable String database) {
        return order(database, Pool::reconnect);
    }

    private CompletionStage<PoolOrder> order(
            @Nullable String database, Function<Pool<ServerConnection>, CompletionStage<Boolean>> give) {
        var given = new ArrayList<CompletionStage<Boolean>>();
        int pools = pooler.forPools(database, pool -> given.add(give.apply(pool)));
        CompletionStage<Boolean> all = CompletableFuture.completedFuture(true);
        for (var each : given) {
            all = all.thenCombine(each, Boolean::logicalAnd);
        }
        return all.thenApply(fulfilled -> new PoolOrder(pools, fulfilled));
    }

    @Override
    public void shutdown() {
        pooler.askToEnd();
    }

    @Override
    public io.pgdoorman.pooler.admin.ProcessView process() {
        var live = pooler.reloader().live();
        return new io.pgdoorman.pooler.admin.ProcessView(
                Pooler.version(), pooler.phase().name().toLowerCase(Locale.ROOT), live.hash(), live.generation());
    }
}
