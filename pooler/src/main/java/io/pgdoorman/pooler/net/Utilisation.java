package io.pgdoorman.pooler.net;

/// Share of its time that a thread was on a processor lately. One thread writes, all may read.
final class Utilisation {
    /// What "lately" means: long enough that a burst asks for no more pods.
    private static final double MEMORY_NANOS = 30e9;

    private volatile double share;
    private long cpuNanos = -1;

    /// From 0 to 1.
    double share() {
        return share;
    }

    /// @param elapsedNanos since the last time
    /// @param cpuNow time on a processor since the thread began; -1 where the system does not tell
    void add(long elapsedNanos, long cpuNow) {
        long before = cpuNanos;
        cpuNanos = cpuNow;
        if (elapsedNanos > 0 && before >= 0 && cpuNow >= before) {
            var last = Math.min(1, (double) (cpuNow - before) / elapsedNanos);
            var known = share;
            share = known + (last - known) * Math.min(1, elapsedNanos / MEMORY_NANOS);
        }
    }
}
