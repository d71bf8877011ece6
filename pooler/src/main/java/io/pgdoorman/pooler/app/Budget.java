package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.client.ClientPool;
import io.pgdoorman.pooler.upgrade.NewProcess;
import io.pgdoorman.pooler.upgrade.OldProcess;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/// How two processes share what one may have of servers while clients go from one to the other.
///
/// The old process keeps the servers that its clients hold, one where some wait, and closes the others; it
/// tells the new process how many that are, which takes as many fewer, in each pool and of each cap. So both
/// together have no more than one may have, and one more in a pool, or under a cap, of which the old process
/// holds all: else nobody would be served there. Guarded by its monitor.
final class Budget implements NewProcess.Neighbour {
    private final Pooler pooler;
    private final Map<ClientPool, Integer> held = new HashMap<>();

    Budget(Pooler pooler) {
        this.pooler = pooler;
    }

    // ---- of the old process

    /// Lets go of what is not needed any more, and tells.
    synchronized void windDown(OldProcess oldProcess) {
        for (var clients : pooler.clientPools()) {
            var pool = clients.pool();
            var counts = pool.counts();
            int needed = Math.max(counts.lent() + counts.checked() + counts.connecting(), counts.waiting() > 0 ? 1 : 0);
            var before = held.get(clients);
            if (before == null || needed < before || (before == 0 && needed > 0)) {
                held.put(clients, needed);
                pool.bound(size -> Math.min(size, needed));
                oldProcess.holds(clients.database(), clients.user(), needed);
            }
        }
    }

    /// All is ours again.
    synchronized void restore() {
        held.keySet().forEach(clients -> clients.pool().bound(IntUnaryOperator.identity()));
        held.clear();
    }

    // ---- of the new process

    @Override
    public synchronized void holds(String database, String user, int servers) {
        for (var clients : pooler.clientPools()) {
            if (clients.database().equals(database) && clients.user().equals(user)) {
                held.put(clients, servers);
                clients.pool().bound(size -> Math.max(1, size - servers));
            }
        }
        withhold(database);
    }

    private void withhold(String database) {
        int servers = held.entrySet().stream()
                .filter(entry -> entry.getKey().database().equals(database))
                .mapToInt(Map.Entry::getValue)
                .sum();
        pooler.reloader().coordinators().stream()
                .filter(coordinator -> coordinator.database().equals(database))
                .forEach(coordinator -> coordinator.withhold(servers));
    }

    /// The old process has ended.
    synchronized void inherit() {
        restore();
        pooler.reloader().coordinators().forEach(coordinator -> coordinator.withhold(0));
    }
}
