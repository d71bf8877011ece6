package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.pool.Ticket;
import io.pgdoorman.pooler.server.ServerConnection;
import org.jspecify.annotations.Nullable;

/// A client's place among those who wait for a server. Belongs to the client's event loop.
final class Turn {
    private final Pool<ServerConnection> pool;
    private @Nullable Ticket<ServerConnection> ticket;

    /// A server was on its way when its wait was given up: it may come during another.
    private boolean straying;

    Turn(Pool<ServerConnection> pool) {
        this.pool = pool;
    }

    void begins(Ticket<ServerConnection> place) {
        ticket = place;
    }

    /// A server is here.
    void comes() {
        var place = ticket;
        ticket = null;
        if (straying && place != null) {
            // This one may have been on its way to an earlier wait.
            pool.giveUp(place);
        }
    }

    /// The pool ended the wait.
    void ends() {
        ticket = null;
    }

    /// The client does not wait any more.
    void giveUp() {
        var place = ticket;
        if (place != null) {
            ticket = null;
            straying |= !pool.giveUp(place);
        }
    }
}
