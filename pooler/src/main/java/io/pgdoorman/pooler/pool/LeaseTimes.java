package io.pgdoorman.pooler.pool;

/// How long leases took lately: a histogram of four steps per doubling, in which the past fades. Guarded by the
/// pool's lock.
final class LeaseTimes {
    private static final int STEPS = 4;
    private static final int STEP_BITS = 2;

    /// After so many leases all counts are halved, so that a percentile follows the load of the last few
    /// thousand.
    private static final int FADE = 4096;

    private final int[] counts = new int[Long.SIZE * STEPS];
    private int total;

    void add(long nanos) {
        counts[step(nanos)]++;
        if (++total >= FADE) {
            fade();
        }
    }

    /// The time that so many percent of the leases did not exceed, in nanoseconds; 0 when there were none.
    long percentile(int percent) {
        if (total == 0) {
            return 0;
        }
        long rank = ((long) total * percent + 99) / 100;
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= rank) {
                return upperBound(i);
            }
        }
        throw new IllegalStateException("counts do not add up to " + total);
    }

    private void fade() {
        total = 0;
        for (int i = 0; i < counts.length; i++) {
            counts[i] >>= 1;
            total += counts[i];
        }
    }

    private static int step(long nanos) {
        long value = Math.max(STEPS, nanos);
        int magnitude = Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
        int fraction = (int) (value >>> (magnitude - STEP_BITS)) & (STEPS - 1);
        return magnitude * STEPS + fraction;
    }

    private static long upperBound(int step) {
        int magnitude = step / STEPS;
        return (1L << magnitude) + ((step % STEPS + 1L) << (magnitude - STEP_BITS)) - 1;
    }
}
