package io.pgdoorman.pooler.pool;

import java.util.concurrent.atomic.LongAdder;

/// What came of the cap on a database's servers since the beginning. Any thread.
public final class CapEvents {
    private final LongAdder evictions = new LongAdder();
    private final LongAdder reserveGrants = new LongAdder();
    private final LongAdder denials = new LongAdder();

    /// A server had to end, now or when it is given back, for another user.
    void evicted() {
        evictions.increment();
    }

    /// A permit beyond the cap was given.
    void tookReserve() {
        reserveGrants.increment();
    }

    /// Somebody got no permit in time.
    void denied() {
        denials.increment();
    }

    public long evictions() {
        return evictions.sum();
    }

    public long reserveGrants() {
        return reserveGrants.sum();
    }

    public long denials() {
        return denials.sum();
    }
}
