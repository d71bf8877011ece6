package io.pgdoorman.pooler.stats;

import java.util.concurrent.atomic.AtomicInteger;

/// How many are in, counted exactly, so that no more come in than may. Safe for all threads.
public final class Seats {
    private final AtomicInteger taken = new AtomicInteger();

    /// Takes a seat if one is free.
    ///
    /// @param limit 0 = as many as want
    public boolean take(int limit) {
        while (true) {
            int now = taken.get();
            if (limit > 0 && now >= limit) {
                return false;
            }
            if (taken.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    /// @param limit 0 = as many as want
    public boolean isFull(int limit) {
        return limit > 0 && taken.get() >= limit;
    }

    /// Gives a seat back.
    public void leave() {
        taken.decrementAndGet();
    }

    public int taken() {
        return taken.get();
    }
}
