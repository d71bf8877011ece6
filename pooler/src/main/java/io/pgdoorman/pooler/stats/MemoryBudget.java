package io.pgdoorman.pooler.stats;

import java.util.concurrent.atomic.AtomicLong;

/// Bytes of client messages that the whole process holds because they cannot go on yet, and how many it may hold. Safe
/// for all threads; touched only where something is held, so never for a message that passes.
public final class MemoryBudget {
    private final AtomicLong held = new AtomicLong();
    private volatile long limit = Long.MAX_VALUE;

    /// @param bytes 0 = no limit
    public void limit(long bytes) {
        limit = bytes == 0 ? Long.MAX_VALUE : bytes;
    }

    /// More is held, or less.
    public void change(long bytes) {
        held.addAndGet(bytes);
    }

    /// Whether it is time for backpressure: three quarters are used.
    public boolean isTight() {
        long most = limit;
        return held.get() > most - most / 4;
    }

    /// Whether there is no room left.
    public boolean isOver() {
        return held.get() > limit;
    }

    public long held() {
        return held.get();
    }

    public long limit() {
        return limit;
    }
}
