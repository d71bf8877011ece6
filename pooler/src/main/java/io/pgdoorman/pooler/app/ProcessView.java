package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.client.Clients;
import io.pgdoorman.pooler.net.Heartbeats;
import io.pgdoorman.pooler.pool.GrowthEvents;
import io.pgdoorman.pooler.reload.Reloader;
import io.pgdoorman.pooler.server.PoolSlot;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerSettings;
import io.pgdoorman.pooler.stats.CapSnapshot;
import io.pgdoorman.pooler.stats.CertificateSnapshot;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import io.pgdoorman.pooler.stats.FallbackSnapshot;
import io.pgdoorman.pooler.stats.GrowthSnapshot;
import io.pgdoorman.pooler.stats.LimitSnapshot;
import io.pgdoorman.pooler.stats.LookupSnapshot;
import io.pgdoorman.pooler.stats.LoopSnapshot;
import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.PreviousPasswordSnapshot;
import io.pgdoorman.pooler.stats.ServerSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import io.pgdoorman.pooler.stats.TokenKeysSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// The process at one moment, for `SHOW` and metrics. Reads what loops write without stopping them.
final class ProcessView implements Snapshots {
    private final Reloader reloader;
    private final Clients clients;
    private final Heartbeats heartbeats;
    private final LongSupplier clock;

    ProcessView(Reloader reloader, Clients clients, Heartbeats heartbeats, LongSupplier clock) {
        this.reloader = reloader;
        this.clients = clients;
        this.heartbeats = heartbeats;
        this.clock = clock;
    }

    @Override
    public List<LoopSnapshot> loops() {
        return heartbeats.snapshots();
    }

    @Override
    public List<LimitSnapshot> limits() {
        return new LimitsView(reloader, clients).limits();
    }

    @Override
    public List<CapSnapshot> caps() {
        return reloader.coordinators().stream()
                .filter(one -> one.settings().max() > 0)
                .map(one -> new CapSnapshot(
                        one.database(),
                        one.used(),
                        one.settings().max(),
                        one.settings().reserve(),
                        one.events().evictions(),
                        one.events().reserveGrants(),
                        one.events().denials()))
                .toList();
    }

    @Override
    public String logLevel() {
        return LogSettings.level();
    }

    @Override
    public List<CertificateSnapshot> certificates() {
        return reloader.certificates();
    }

    @Override
    public List<TokenKeysSnapshot> tokenKeys() {
        return reloader.tokenKeys();
    }

    @Override
    public List<PreviousPasswordSnapshot> previousPasswords() {
        return reloader.previousPasswords();
    }

    @Override
    public List<LookupSnapshot> lookups() {
        return reloader.lookups();
    }

    @Override
    public List<FallbackSnapshot> fallbacks() {
        return reloader.fallbacks();
    }

    @Override
    public List<PoolSnapshot> pools() {
        var counts = clients.counts();
        return reloader.views().stream()
                .map(view -> pool(view, counts.getOrDefault(view.clients(), new int[4])))
                .toList();
    }

    private PoolSnapshot pool(Reloader.PoolView view, int[] activity) {
        var pool = view.clients();
        var counts = pool.pool().counts();
        var settings = pool.pool().settings();
        return new PoolSnapshot(
                pool.database(),
                pool.user(),
                mode(view),
                activity[0],
                activity[1],
                activity[2],
                activity[3],
                counts.lent(),
                counts.idle(),
                counts.checked(),
                counts.connecting(),
                settings.size(),
                settings.minSize(),
                counts.oldestWaitNanos() / 1000,
                counts.paused(),
                counts.oldestLeaseNanos() / 1_000_000,
                hosts(view.server().hosts().addresses()),
                view.server().hosts().addresses().getFirst().port(),
                view.server().login().database(),
                growth(pool.pool().growth()),
                pool.prepared(),
                pool.stats());
    }

    private static GrowthSnapshot growth(GrowthEvents events) {
        return new GrowthSnapshot(
                events.connectsStarted(),
                events.gateWaits(),
                events.outwaitedAtGate(),
                events.handovers(),
                events.outwaited(),
                events.impatientConnects(),
                events.minimumDeferred(),
                events.waits());
    }

    /// Several hosts stand in one column, as PgBouncer shows them.
    private static String hosts(List<ServerSettings.Address> addresses) {
        return addresses.stream().map(ServerSettings.Address::host).collect(Collectors.joining(","));
    }

    private static String mode(Reloader.PoolView view) {
        return view.clients().behaviour().relay().sessionMode() ? "session" : "transaction";
    }

    @Override
    public List<ClientSnapshot> clients() {
        return clients.snapshots();
    }

    @Override
    public List<ServerSnapshot> servers() {
        var all = new ArrayList<ServerSnapshot>();
        for (var view : reloader.views()) {
            for (var server : view.clients().pool().servers()) {
                all.add(server(view, server));
            }
        }
        all.addAll(clients.replicationServers());
        return all;
    }

    private ServerSnapshot server(Reloader.PoolView view, ServerConnection server) {
        var counters = server.counters();
        var place = server.slot().place();
        var state = place == PoolSlot.Place.LENT ? "active" : place.name().toLowerCase(Locale.ROOT);
        return new ServerSnapshot(
                server.id(),
                server.pid(),
                view.clients().database(),
                view.clients().user(),
                server.parameters().values().getOrDefault("application_name", ""),
                server.isEncrypted(),
                state,
                place == PoolSlot.Place.LENT ? "read" : "idle",
                counters.transactions(),
                counters.queries(),
                counters.sent(),
                counters.received(),
                (clock.getAsLong() - server.slot().bornNanos()) / 1_000_000_000,
                counters.parseHits(),
                counters.parseMisses(),
                server.statements().size());
    }
}
