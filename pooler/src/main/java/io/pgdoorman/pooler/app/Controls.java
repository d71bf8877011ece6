package io.pgdoorman.pooler.app;

import io.pgdoorman.config.change.Fence;
import io.pgdoorman.config.read.Fault;
import io.pgdoorman.pooler.client.AdminConsole;
import io.pgdoorman.pooler.http.AllowAnswer;
import io.pgdoorman.pooler.http.AllowRequest;
import io.pgdoorman.pooler.http.ConfigFault;
import io.pgdoorman.pooler.http.ConsoleReply;
import io.pgdoorman.pooler.http.ControlActions;
import io.pgdoorman.pooler.http.ControlState;
import io.pgdoorman.pooler.http.Probe;
import io.pgdoorman.pooler.http.RejectedConfig;
import io.pgdoorman.pooler.http.ReloadAnswer;
import io.pgdoorman.pooler.http.ReloadRequest;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.reload.AllowOutcome;
import io.pgdoorman.pooler.reload.ReloadOutcome;
import io.pgdoorman.pooler.stats.PreviousPasswordSnapshot;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.wire.Column;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What the control server asks for, done by the process.
final class Controls implements ControlActions {
    /// A loop that is busy for so long serves nobody.
    /// What nobody tried again for so long is not known any more.
    private static final long LATELY_NANOS = 300_000_000_000L;

    /// An answer stays short.
    private static final int MOST_TROUBLES = 16;

    private static final long STALL_NANOS = 3_000_000_000L;

    private final Pooler pooler;
    private final AtomicReference<Fence> fence = new AtomicReference<>(Fence.OPEN);

    Controls(Pooler pooler) {
        this.pooler = pooler;
    }

    @Override
    public CompletionStage<ReloadAnswer> reload(ReloadRequest request) {
        return CompletableFuture.supplyAsync(
                () -> answer(pooler.reload(request.hash(), request.generation())), pooler.errands());
    }

    @Override
    public CompletionStage<ReloadAnswer> revoke(Set<String> users) {
        return CompletableFuture.supplyAsync(() -> answer(pooler.reloader().revoke(users)), pooler.errands());
    }

    @Override
    public CompletionStage<Boolean> grant(@Nullable String hash) {
        return CompletableFuture.supplyAsync(() -> pooler.threshold().grant(hash), pooler.errands());
    }

    @Override
    public CompletionStage<AllowAnswer> allow(AllowRequest request) {
        return CompletableFuture.supplyAsync(
                () -> switch (pooler.reloader()
                        .allow(
                                request.hash(),
                                request.databases(),
                                pooler.threshold().keeper())) {
                    case AllowOutcome.Allowed(var connections) -> new AllowAnswer.Allowed(connections);
                    case AllowOutcome.Refused(var reason) -> new AllowAnswer.Refused(reason);
                    case AllowOutcome.Forgetful(var reason) -> new AllowAnswer.Forgetful(reason);
                },
                pooler.errands());
    }

    @Override
    public boolean hold() {
        return pooler.threshold().hold();
    }

    private static ReloadAnswer answer(ReloadOutcome outcome) {
        return switch (outcome) {
            case ReloadOutcome.Applied(var hash, var generation) -> new ReloadAnswer.Applied(hash, generation);
            case ReloadOutcome.Unchanged(var hash, var generation) -> new ReloadAnswer.Unchanged(hash, generation);
            case ReloadOutcome.Stale(var fileHash, var loaded, var generation) ->
                new ReloadAnswer.Stale(fileHash, loaded, generation);
            case ReloadOutcome.Fenced(var generation) -> new ReloadAnswer.Fenced(generation);
            case ReloadOutcome.Rejected(var loaded, var refused) ->
                new ReloadAnswer.Rejected(loaded, rejected(refused));
        };
    }

    private static RejectedConfig rejected(ReloadOutcome.Refused refused) {
        return new RejectedConfig(
                refused.hash(), refused.faults().stream().map(Controls::fault).toList());
    }

    private static ConfigFault fault(Fault fault) {
        return new ConfigFault(fault.file(), fault.path(), fault.line(), fault.message());
    }

    @Override
    public @Nullable Long newerLeader(@Nullable Long leader) {
        return fence.updateAndGet(before -> before.heard(leader)).newerThan(leader);
    }

    @Override
    public void drain() {
        pooler.drain();
    }

    @Override
    public CompletionStage<Integer> pause(@Nullable String database) {
        return CompletableFuture.completedFuture(pooler.forPools(database, Pool::pause));
    }

    @Override
    public CompletionStage<Integer> resume(@Nullable String database) {
        return CompletableFuture.completedFuture(pooler.forPools(database, Pool::resume));
    }

    @Override
    public CompletionStage<ConsoleReply> console(String command) {
        return switch (pooler.console().prepare(command, AdminConsole.Rights.ALL)) {
            case AdminConsole.Prepared.Refused(var error) ->
                CompletableFuture.completedFuture(new ConsoleReply.Failed(error.message()));
            case AdminConsole.Prepared.Nothing _ -> CompletableFuture.completedFuture(new ConsoleReply.Done(""));
            case AdminConsole.Prepared.Command(var columns, var run) ->
                run.get().answer().thenApply(answer -> reply(columns, answer));
        };
    }

    private static ConsoleReply reply(List<Column> columns, AdminConsole.Answer answer) {
        return switch (answer) {
            case AdminConsole.Answer.Rows(var rows, var _) ->
                new ConsoleReply.Table(
                        columns.stream()
                                .map(column ->
                                        new ConsoleReply.Column(column.name(), column.type() == Column.Type.BIGINT))
                                .toList(),
                        rows);
            case AdminConsole.Answer.Done(var tag) -> new ConsoleReply.Done(tag);
            case AdminConsole.Answer.Forgotten(var tag, var _) -> new ConsoleReply.Done(tag);
            case AdminConsole.Answer.Failed(var error) -> new ConsoleReply.Failed(error.message());
        };
    }

    @Override
    public ControlState state() {
        var live = pooler.reloader().live();
        var refused = pooler.reloader().refused();
        long servers = 0;
        long waiting = 0;
        long lent = 0;
        long pinned = 0;
        long oldestWaitNanos = 0;
        for (var view : pooler.reloader().views()) {
            var counts = view.clients().pool().counts();
            servers += counts.servers();
            waiting += counts.waiting();
            lent += counts.lent();
            var clients = view.clients();
            pinned += clients.behaviour().relay().sessionMode()
                    ? counts.lent()
                    : clients.stats().pins().now();
            oldestWaitNanos = Math.max(oldestWaitNanos, counts.oldestWaitNanos());
        }
        return new ControlState(
                Pooler.version(),
                pooler.phase(),
                new ControlState.LoadedConfig(
                        live.hash(), live.generation(), pooler.reloader().revoked()),
                refused == null ? null : rejected(refused),
                new ControlState.Load(
                        pooler.clients().count(),
                        lent,
                        waiting,
                        servers,
                        pinned,
                        oldestWaitNanos / 1_000_000,
                        pooler.heartbeats().utilisation()),
                servers(oldestWaitNanos / 1_000_000),
                troubles(),
                previousLogins(),
                pooler.startedAt());
    }

    private ControlState.@Nullable Servers servers(long oldestWaitMillis) {
        return pooler.reloader()
                .servers()
                .map(servers -> new ControlState.Servers(
                        servers.most(),
                        servers.share(),
                        servers.held(),
                        pooler.demand().needed() + servers.lookups(),
                        pooler.demand().waiting(),
                        oldestWaitMillis))
                .orElse(null);
    }

    /// One of each database: its users meet the same server.
    private List<ControlState.Trouble> troubles() {
        var troubles = new TreeMap<String, ControlState.Trouble>();
        for (var view : pooler.reloader().views()) {
            var stats = view.clients().stats();
            var trouble = stats.trouble();
            if (trouble != null && pooler.clock().getAsLong() - trouble.nanos() < LATELY_NANOS) {
                troubles.putIfAbsent(
                        stats.database(), new ControlState.Trouble(stats.database(), trouble.kind(), trouble.reason()));
            }
        }
        return troubles.values().stream().limit(MOST_TROUBLES).toList();
    }

    private Map<String, Long> previousLogins() {
        return pooler.reloader().previousPasswords().stream()
                .collect(Collectors.toMap(
                        PreviousPasswordSnapshot::user,
                        previous -> previous.logins().count(),
                        Long::sum,
                        TreeMap::new));
    }

    @Override
    public List<String> objections(Probe probe) {
        return switch (probe) {
            case ALIVE ->
                pooler.heartbeats().allWithin(STALL_NANOS) ? List.of() : List.of("an event loop does not turn");
            case STARTED ->
                pooler.phase() == ControlState.Phase.STARTING ? List.of("the pooler is starting") : List.of();
            case READY ->
                switch (pooler.phase()) {
                    case STARTING -> List.of("the pooler is starting");
                    case WAITING -> List.of("the pooler waits for its share of server connections");
                    case DRAINING -> List.of("the pooler is draining");
                    case READY -> List.of();
                };
        };
    }

    /// How a reload counts in the metrics.
    static ProcessStats.ReloadResult result(ReloadOutcome outcome) {
        return switch (outcome) {
            case ReloadOutcome.Applied _ -> ProcessStats.ReloadResult.APPLIED;
            case ReloadOutcome.Unchanged _ -> ProcessStats.ReloadResult.UNCHANGED;
            case ReloadOutcome.Stale _ -> ProcessStats.ReloadResult.STALE;
            case ReloadOutcome.Fenced _ -> ProcessStats.ReloadResult.FENCED;
            case ReloadOutcome.Rejected _ -> ProcessStats.ReloadResult.REJECTED;
        };
    }
}
