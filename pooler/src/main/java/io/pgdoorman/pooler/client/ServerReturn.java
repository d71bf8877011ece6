package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.server.ServerConnection;

/// The way of a server from a client back to its pool: first the cancel requests that are on their way to it, then the
/// reset of what is left in its session. On the server's event loop.
final class ServerReturn {
    private final ClientPool pool;

    ServerReturn(ClientPool pool) {
        this.pool = pool;
    }

    /// @param inTransaction whether a transaction has to be rolled back
    void giveBack(ServerConnection server, boolean inTransaction) {
        server.afterCancels(() -> clean(server, inTransaction));
    }

    private void clean(ServerConnection server, boolean inTransaction) {
        boolean cleanup = pool.behaviour().session().cleanup();
        if (!inTransaction && (server.dirt().isClean() || !cleanup)) {
            pool.pool().giveBack(server);
            return;
        }
        pool.stats().reset();
        pool.pool().checking(server);
        server.reset(inTransaction, cleanup, ok -> {
            if (ok) {
                pool.pool().giveBack(server);
            }
        });
    }
}
