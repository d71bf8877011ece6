package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.server.ServerConnection;
import org.jspecify.annotations.Nullable;

/// The way of a server from a client back to its pool: first the cancel requests that are on their way to it, then the
/// reset of what is left in its session. On the server's event loop.
final class ServerReturn {
    private final Building building;
    private final ClientPool pool;
    private final Loop loop;

    ServerReturn(Building building, ClientPool pool, Loop loop) {
        this.building = building;
        this.pool = pool;
        this.loop = loop;
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

    /// The client left in the middle of something, and the server ends with it.
    ///
    /// @param limit of what the server does, or null: nobody would cancel it any more otherwise
    void abandon(ServerConnection server, Timeouts.@Nullable Deadline limit) {
        // A query that was cancelled ends before its connection does.
        server.afterCancels(server::abandon);
        if (limit != null) {
            loop.later(
                    () -> {
                        if (server.isConnected()) {
                            building.cancels().sender().cancel(server, loop, () -> {});
                        }
                    },
                    Math.max(0, limit.atNanos() - building.clock().getAsLong()));
        }
    }
}
