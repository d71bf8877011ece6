package io.pgdoorman.pooler.pool;

import org.jspecify.annotations.Nullable;

/// A place in the queue. Whoever got a server may bring the ticket of that wait to the next one: of ten thousand
/// clients that wait, each with a ticket of its own, a young collection would copy them all. Guarded by the pool's
/// lock.
public final class Ticket<S> {
    final Borrower<S> borrower;
    final Borrowed.Waiting<S> answer = new Borrowed.Waiting<>(this);
    int loop;
    long sinceNanos;
    long deadlineNanos;
    boolean open;

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

    Ticket(Borrower<S> borrower) {
        this.borrower = borrower;
    }

    /// A wait begins.
    Ticket<S> drawn(int onLoop, long nowNanos, long timeoutNanos) {
        loop = onLoop;
        sinceNanos = nowNanos;
        deadlineNanos = nowNanos + timeoutNanos;
        open = true;
        hope = null;
        return this;
    }

    long waitedNanos(long nowNanos) {
        return nowNanos - sinceNanos;
    }
}
