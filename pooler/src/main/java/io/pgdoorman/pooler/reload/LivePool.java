package io.pgdoorman.pooler.reload;

import io.pgdoorman.pooler.client.ClientPool;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.server.ServerConnection;

/// One pool and the parts that a reload touches.
record LivePool(ClientPool clients, PoolSource source) {
    Pool<ServerConnection> servers() {
        return clients.pool();
    }

    /// Nobody is in, and no server is there or on its way.
    boolean isDeserted() {
        var counts = servers().counts();
        return clients.isEmpty() && counts.servers() + counts.connecting() + counts.waiting() == 0 && !counts.paused();
    }
}
