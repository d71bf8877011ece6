package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.server.PoolSlot.Place;
import io.pgdoorman.pooler.wire.PgError;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Brings a server to the client whose turn it is: at once on its own loop, else by a move. A server that is lost on
/// its way costs the client nothing but time. Takes the pool's lock.
final class Handover<S extends PoolServer> {
    private final Books<S> books;
    private final ReentrantLock lock;
    private final Waits<S> waits;
    private final ServerSource<S> source;
    private final LongSupplier clock;
    private final Consumer<S> lost;

    /// @param lost told of a server that broke while it was moved; the client waits again then
    Handover(Books<S> books, Waits<S> waits, ServerSource<S> source, LongSupplier clock, Consumer<S> lost) {
        this.books = books;
        this.lock = books.lock;
        this.waits = waits;
        this.source = source;
        this.clock = clock;
        this.lost = lost;
    }

    /// Lends a freed server; on the server's loop.
    void lend(S server, Ticket<S> next) {
        if (next.loop == server.loop()) {
            next.borrower.lent(server);
        } else {
            move(server, next);
        }
    }

    void move(S server, Ticket<S> next) {
        source.run(server.loop(), () -> server.moveTo(next.loop, moved -> arrived(server, next, moved)));
    }

    private void arrived(S server, Ticket<S> next, boolean moved) {
        boolean usable;
        lock.lock();
        try {
            usable = moved && server.slot().place() != Place.GONE;
            if (usable) {
                server.slot().become(Place.LENT, clock.getAsLong());
            }
        } finally {
            lock.unlock();
        }
        if (usable) {
            next.borrower.lent(server);
        } else {
            waitAgain(next);
            lost.accept(server);
        }
    }

    /// Its turn was taken from the client, and the server was lost: it gets its old place back, with the time it had
    /// left, unless it left meanwhile.
    private void waitAgain(Ticket<S> ticket) {
        long now = clock.getAsLong();
        PgError gone;
        lock.lock();
        try {
            gone = books.retired();
            if (gone == null && !ticket.givenUp) {
                books.waiters.restore(ticket);
                waits.arm(now, ticket.deadlineNanos);
            }
        } finally {
            lock.unlock();
        }
        if (gone != null) {
            source.run(ticket.loop, () -> ticket.borrower.refused(gone));
        }
    }

    /// Idle servers meet waiting clients.
    void serveWaiters() {
        while (true) {
            S server;
            Ticket<S> next;
            long now = clock.getAsLong();
            lock.lock();
            try {
                var oldest = books.isPaused() ? null : books.waiters.oldest();
                if (oldest == null) {
                    break;
                }
                var own = books.idle.take(oldest.loop, books.settings().roundRobin());
                server = own == null ? books.idle.takeElsewhere(oldest.loop) : own;
                if (server == null) {
                    break;
                }
                next = books.waiters.takeFor(oldest.loop, now);
                if (next != null) {
                    books.waitEnded(next, now);
                }
                server.slot().become(Place.MOVING, now);
            } finally {
                lock.unlock();
            }
            if (next != null) {
                lendOnItsLoop(server, next);
            }
        }
    }

    private void lendOnItsLoop(S server, Ticket<S> next) {
        if (next.loop == server.loop()) {
            source.run(next.loop, () -> arrived(server, next, server.isOpen()));
        } else {
            move(server, next);
        }
    }
}
