package io.pgdoorman.pooler.app;

import io.pgdoorman.config.read.Fault;
import io.pgdoorman.pooler.admin.AdminActions;
import io.pgdoorman.pooler.admin.PoolOrder;
import io.pgdoorman.pooler.client.Census;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.reload.ReloadOutcome;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What the console orders, done by the process.
final class AdminOrders implements AdminActions {
    private static final PgError KILLED = PgError.fatal(
                    SqlState.ADMIN_SHUTDOWN, "terminating connection due to administrator command")
            .withDetail("The pooler's console ended it.");

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
        if (database == null) {
            pooler.clients().resume();
        }
        return CompletableFuture.completedFuture(new PoolOrder(pooler.forPools(database, Pool::resume), true));
    }

    @Override
    public CompletionStage<Void> suspend() {
        pooler.forPools(null, pool -> {
            var _ = pool.pause();
        });
        return pooler.clients().suspend();
    }

    @Override
    public boolean isSuspended() {
        return pooler.clients().isSuspended();
    }

    @Override
    public CompletionStage<PoolOrder> reconnect(@Nullable String database) {
        int pools = pooler.forPools(database, pool -> {
            var _ = pool.reconnect();
        });
        return CompletableFuture.completedFuture(new PoolOrder(pools, true));
    }

    @Override
    public CompletionStage<PoolOrder> waitClose(@Nullable String database) {
        return order(database, Pool::untilReconnected);
    }

    @Override
    public CompletionStage<PoolOrder> kill(@Nullable String database) {
        int meant = 0;
        for (var view : pooler.reloader().views()) {
            var clients = view.clients();
            if (database == null || database.equals(clients.database())) {
                meant++;
                // Clients first: they are told why before their server is gone.
                pooler.clients().end(clients, KILLED);
                clients.pool().kill();
            }
        }
        return CompletableFuture.completedFuture(new PoolOrder(meant, true));
    }

    @Override
    public boolean killClient(long id) {
        return pooler.clients().end(id, KILLED);
    }

    @Override
    public boolean admit(String database, boolean isOpen) {
        boolean isKnown = pooler.reloader().live().config().pools().containsKey(database);
        var disabled = pooler.clients().disabled();
        if (isOpen) {
            // one that a reload has removed in between too
            return disabled.remove(database) || isKnown;
        }
        if (isKnown) {
            disabled.add(database);
        }
        return isKnown;
    }

    @Override
    public Set<String> disabled() {
        return pooler.clients().disabled();
    }

    @Override
    public CompletionStage<Integer> resetInterner() {
        return Census.forgetUnused(pooler.loops(), pooler.clients(), pooler.clientPools());
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
    public void shutdown(Ending ending) {
        switch (ending) {
            case DRAIN -> pooler.askToEnd();
            case SERVERS_FREE -> pooler.endWhenServersAreFree();
            case CLIENTS_LEFT -> pooler.endWhenClientsHaveLeft();
        }
    }

    @Override
    public CompletionStage<Optional<String>> upgrade() {
        return CompletableFuture.supplyAsync(
                () -> switch (pooler.upgrade().run()) {
                    case Upgrade.Outcome.TakenOver _ -> Optional.empty();
                    case Upgrade.Outcome.Failed(var reason) -> Optional.of(reason);
                },
                pooler.errands());
    }

    @Override
    public io.pgdoorman.pooler.admin.ProcessView process() {
        var live = pooler.reloader().live();
        return new io.pgdoorman.pooler.admin.ProcessView(
                Pooler.version(), pooler.phase().name().toLowerCase(Locale.ROOT), live.hash(), live.generation());
    }
}
