package io.pgdoorman.pooler.pool;

import org.jspecify.annotations.Nullable;

/// A place in the queue. Guarded by the pool's lock.
public final class Ticket<S> {
    final Borrower<S> borrower;
    final int loop;
    final long sinceNanos;
    final long deadlineNanos;
    boolean open = true;

    /// What it hopes for: a server that comes back, or one that is connected once the gate opens. Null = one
    /// that is being connected.
    @Nullable
    Hope hope;

    /// The client left while a server was on its way: it may still get that one, but no other.
    boolean givenUp;

    enum Hope {
        RETURN,
        GATE
    }

    Ticket(Borrower<S> borrower, int loop, long sinceNanos, long deadlineNanos) {
        this.borrower = borrower;
        this.loop = loop;
        this.sinceNanos = sinceNanos;
        this.deadlineNanos = deadlineNanos;
    }

    long waitedNanos(long nowNanos) {
        return nowNanos - sinceNanos;
    }
}
