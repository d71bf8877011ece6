package io.pgdoorman.pooler.pool;

/// A place in the queue. Guarded by the pool's lock.
public final class Ticket<S> {
    final Borrower<S> borrower;
    final int loop;
    final long sinceNanos;
    final long deadlineNanos;
    boolean open = true;

    /// The client left while a server was on its way: it may still get that one, but no other.
    boolean givenUp;

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
