package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.ArrayList;
import java.util.function.LongSupplier;

/// Ends the waits that lasted too long, with one timer for all that wait. Takes the pool's lock where it says so.
final class Waits<S extends PoolServer> {
    /// Deadlines closer together than this share one turn of the timer.
    private static final long GRAIN_NANOS = 1_000_000;

    private final String name;
    private final Books<S> books;
    private final Connects<S> connects;
    private final ServerSource<S> source;
    private final LongSupplier clock;
    private boolean armed;
    private long dueNanos;

    Waits(String name, Books<S> books, Connects<S> connects, ServerSource<S> source, LongSupplier clock) {
        this.name = name;
        this.books = books;
        this.connects = connects;
        this.source = source;
        this.clock = clock;
    }

    /// Sees to it that the timer goes off when this deadline has passed. Under the lock.
    void arm(long now, long deadlineNanos) {
        if (armed && dueNanos - deadlineNanos <= 0) {
            return;
        }
        armed = true;
        dueNanos = deadlineNanos;
        source.later(this::expire, Math.max(GRAIN_NANOS, deadlineNanos - now));
    }

    /// Takes the lock.
    private void expire() {
        long now = clock.getAsLong();
        var expired = new ArrayList<Ticket<S>>();
        PgError error;
        books.lock.lock();
        try {
            Ticket<S> ticket;
            while ((ticket = books.waiters.takeExpired(now)) != null) {
                books.waitEnded(ticket, now);
                expired.add(ticket);
            }
            armed &= now - dueNanos < 0;
            var next = books.waiters.nextDeadline();
            if (next != null) {
                arm(now, next.deadlineNanos);
            }
            error = timedOut();
        } finally {
            books.lock.unlock();
        }
        for (var ticket : expired) {
            source.run(ticket.loop, () -> ticket.borrower.refused(error));
        }
    }

    private PgError timedOut() {
        var failure = connects.lastFailure();
        var settings = books.settings();
        // Without any server it was PostgreSQL that could not be reached, not the pool that was too small.
        var sqlState = failure != null && books.size() == 0 ? failure.sqlState() : SqlState.TOO_MANY_CONNECTIONS;
        var error = PgError.error(
                sqlState,
                "no server for " + name + " within query_wait_timeout ("
                        + settings.waitTimeout().toMillis() + " ms)");
        var hint = books.isPaused()
                ? "RESUME the pool on the pooler's console."
                : "Raise pool_size or query_wait_timeout, or shorten transactions.";
        return error.withHint(hint)
                .withDetail((books.isPaused() ? "The pool is paused. " : "")
                        + "Servers: " + books.size() + " of " + settings.size() + ", idle " + books.idle.size()
                        + ", connecting " + books.connecting + "; clients waiting " + books.waiters.size() + "."
                        + (failure == null ? "" : " Last connect failed: " + failure.message()));
    }
}
