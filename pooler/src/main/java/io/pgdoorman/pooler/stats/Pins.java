package io.pgdoorman.pooler.stats;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// The servers of one pool that stay with their clients beyond a transaction. Any thread.
public final class Pins {
    private final AtomicInteger now = new AtomicInteger();
    private final LongAdder refused = new LongAdder();

    /// @param most how many there may be
    /// @return whether there is one more now
    public boolean take(int most) {
        int before;
        do {
            before = now.get();
            if (before >= most) {
                refused.increment();
                return false;
            }
        } while (!now.compareAndSet(before, before + 1));
        return true;
    }

    public void release() {
        now.decrementAndGet();
    }

    public int now() {
        return now.get();
    }

    /// How often one more was one too many.
    public long refused() {
        return refused.sum();
    }
}
