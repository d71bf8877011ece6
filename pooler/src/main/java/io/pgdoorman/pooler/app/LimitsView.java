package io.pgdoorman.pooler.app;

import com.sun.management.UnixOperatingSystemMXBean;
import io.pgdoorman.pooler.client.ClientPool;
import io.pgdoorman.pooler.client.Clients;
import io.pgdoorman.pooler.net.NetworkMemory;
import io.pgdoorman.pooler.reload.Reloader;
import io.pgdoorman.pooler.stats.LimitSnapshot;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// All limits that hold now, each beside its use; named as the settings that make them, where there are some.
final class LimitsView {
    private final Reloader reloader;
    private final Clients clients;

    LimitsView(Reloader reloader, Clients clients) {
        this.reloader = reloader;
        this.clients = clients;
    }

    List<LimitSnapshot> limits() {
        var all = new ArrayList<LimitSnapshot>();
        addSettings(all);
        addServers(all);
        addMachine(all);
        addPools(all);
        return all;
    }

    private void addSettings(List<LimitSnapshot> all) {
        var general = reloader.live().config().general();
        all.add(LimitSnapshot.ofProcess(
                "max_connections", clients.count(), general.listen().maxConnections()));
        all.add(LimitSnapshot.ofProcess(
                "max_unauthenticated_connections",
                clients.atTheDoorCount(),
                general.logins().mostUnauthenticated()));
        all.add(LimitSnapshot.ofProcess(
                "max_memory_usage",
                clients.memory().held(),
                general.clients().maxMemory().bytes()));
        all.add(LimitSnapshot.ofProcess(
                "prepared_statements_memory",
                clients.statementMemory().held(),
                clients.statementMemory().limit()));
    }

    /// What a fleet leaves to this process, where there is a most.
    private void addServers(List<LimitSnapshot> all) {
        reloader.servers().ifPresent(servers -> {
            all.add(LimitSnapshot.ofProcess(LimitSnapshot.SERVERS, servers.held(), servers.most()));
            all.add(LimitSnapshot.ofProcess(LimitSnapshot.SHARE, servers.held(), servers.share()));
        });
    }

    /// What the machine and the JVM set.
    private static void addMachine(List<LimitSnapshot> all) {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            all.add(LimitSnapshot.ofProcess(
                    "open_files", system.getOpenFileDescriptorCount(), system.getMaxFileDescriptorCount()));
        }
        var runtime = Runtime.getRuntime();
        all.add(LimitSnapshot.ofProcess("heap", runtime.totalMemory() - runtime.freeMemory(), runtime.maxMemory()));
        all.add(LimitSnapshot.ofProcess("direct_memory", NetworkMemory.used(), NetworkMemory.limit()));
    }

    private void addPools(List<LimitSnapshot> all) {
        var seen = new LinkedHashSet<String>();
        for (var view : reloader.views()) {
            var pool = view.clients();
            var caps = pool.behaviour().caps();
            if (seen.add(pool.database())) {
                all.add(new LimitSnapshot(
                        "max_db_client_connections",
                        pool.database(),
                        null,
                        clients.inDatabase(pool.database()),
                        caps.perDatabase()));
            }
            var counts = pool.pool().counts();
            all.add(limit(
                    pool,
                    "pool_size",
                    counts.servers() + counts.connecting(),
                    pool.pool().settings().size()));
            all.add(limit(pool, "max_user_client_connections", pool.clientCount(), caps.perUser()));
            all.add(limit(
                    pool,
                    "max_pinned_servers",
                    pool.stats().pins().now(),
                    pool.behaviour().session().pinning().most()));
        }
    }

    private static LimitSnapshot limit(ClientPool pool, String name, long used, long limit) {
        return new LimitSnapshot(name, pool.database(), pool.user(), used, limit);
    }
}
