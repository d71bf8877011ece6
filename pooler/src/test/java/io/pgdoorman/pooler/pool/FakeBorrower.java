package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.wire.PgError;
import org.jspecify.annotations.Nullable;

/// A client that remembers what it got, and gives back what comes after it left.
final class FakeBorrower implements Borrower<FakeServer> {
    private final Pool<FakeServer> pool;
    private final int loop;
    private boolean left;

    @Nullable
    FakeServer server;

    @Nullable
    PgError error;

    @Nullable
    Ticket<FakeServer> ticket;

    FakeBorrower(Pool<FakeServer> pool, int loop) {
        this.pool = pool;
        this.loop = loop;
    }

    FakeBorrower borrows() {
        switch (pool.borrow(loop, this)) {
            case Borrowed.Lent<FakeServer>(var lent) -> server = lent;
            case Borrowed.Waiting<FakeServer>(var place) -> ticket = place;
            case Borrowed.Refused<FakeServer>(var why) -> error = why;
        }
        return this;
    }

    boolean leaves() {
        left = true;
        var place = ticket;
        return place != null && pool.giveUp(place);
    }

    void givesBack() {
        var held = server;
        if (held == null) {
            throw new AssertionError("holds no server");
        }
        server = null;
        pool.giveBack(held);
    }

    @Override
    public void lent(FakeServer lent) {
        if (left) {
            pool.giveBack(lent);
            return;
        }
        if (server != null) {
            throw new AssertionError("lent twice");
        }
        server = lent;
    }

    @Override
    public void refused(PgError why) {
        error = why;
    }
}
