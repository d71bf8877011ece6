package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.server.Parting;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.SessionReset;
import org.jspecify.annotations.Nullable;

/// The way of a server from a client back to its pool: first the cancel requests that are on their way to it, then the
/// reset of what is left in its session. Settings whose names are known are left to the next client, which undoes them
/// in the write of its work. On the server's event loop.
final class ServerReturn {
    /// How long PostgreSQL may go on with what a client that is gone asked for: long enough for a short transaction to
    /// come to its end, and as long as a cancelled query is given elsewhere.
    private static final long PATIENCE_NANOS = Timeouts.GRACE_NANOS;

    private final Building building;
    private final ClientPool pool;

    ServerReturn(Building building, ClientPool pool) {
        this.building = building;
        this.pool = pool;
    }

    /// @param inTransaction whether a transaction has to be rolled back
    void giveBack(ServerConnection server, boolean inTransaction) {
        // Mostly it is, and then no object has to be made for each transaction.
        if (server.isQuiet()) {
            clean(server, inTransaction);
        } else {
            server.afterCancels(() -> clean(server, inTransaction));
        }
    }

    private void clean(ServerConnection server, boolean inTransaction) {
        boolean cleanup = pool.behaviour().session().cleanup();
        if (!inTransaction && (server.dirt().isClean() || !cleanup || isLeftToTheNext(server))) {
            pool.pool().giveBack(server);
            return;
        }
        pool.stats().reset();
        pool.pool().checking(server);
        SessionReset.of(server, inTransaction, cleanup, ok -> {
            if (ok) {
                pool.pool().giveBack(server);
            }
        });
    }

    private boolean isLeftToTheNext(ServerConnection server) {
        return pool.behaviour().relay().syncParameters() && SessionReset.isLeftToTheNext(server);
    }

    /// The client left in the middle of something, and the server ends with it.
    ///
    /// @param limit of what the server does, if there is one: nobody else would keep it now
    void abandon(ServerConnection server, Timeouts.@Nullable Deadline limit) {
        long left = limit == null
                ? PATIENCE_NANOS
                : limit.atNanos() - building.clock().getAsLong();
        var terms = new Parting.Terms(
                building.cancels().sender()::cancel, Math.clamp(left, 0, PATIENCE_NANOS), pool.stats()::serverGivenUp);
        // A query that was cancelled ends before its connection does.
        server.afterCancels(() -> server.abandon(terms));
    }
}
