package io.pgdoorman.pooler.stats;

import java.util.Arrays;

/// The durations of one kind that were counted over some time: an immutable histogram.
public final class Latencies {

    /// The bounds, in nanoseconds, that metrics export: PgDoorman's five per histogram with finer ones between.
    private static final long[] EXPORTED_NANOS = {
        10_000,
        25_000,
        50_000,
        100_000,
        250_000,
        500_000,
        750_000,
        1_000_000,
        1_500_000,
        2_000_000,
        2_500_000,
        3_000_000,
        4_000_000,
        5_000_000,
        7_500_000,
        10_000_000,
        15_000_000,
        25_000_000,
        50_000_000,
        75_000_000,
        100_000_000,
        250_000_000,
        500_000_000,
        1_000_000_000,
        2_500_000_000L,
        5_000_000_000L,
        10_000_000_000L,
        30_000_000_000L,
        60_000_000_000L
    };

    private static final double NANOS_PER_SECOND = 1e9;

    private final long sumNanos;
    private final long[] counts;
    private final long count;

    /// Takes the histogram that begins at a cell of summed cells: its sum first, then its buckets.
    Latencies(long[] cells, int firstCell) {
        this.sumNanos = cells[firstCell];
        this.counts = Arrays.copyOfRange(cells, firstCell + 1, firstCell + 1 + LatencyBuckets.COUNT);
        this.count = Arrays.stream(counts).sum();
    }

    /// Cells that a histogram takes.
    static int cells() {
        return 1 + LatencyBuckets.COUNT;
    }

    public long count() {
        return count;
    }

    public long sumNanos() {
        return sumNanos;
    }

    /// The mean duration in microseconds, 0 when there was none.
    public long meanMicros() {
        return count == 0 ? 0 : sumNanos / count / 1_000;
    }

    /// The duration that the given part (0 to 1) of all did not exceed, interpolated inside its bucket; 0 when
    /// there was none.
    public long percentileNanos(double part) {
        if (count == 0) {
            return 0;
        }
        var rank = Math.max((long) Math.ceil(part * count), 1);
        var below = 0L;
        for (var bucket = 0; bucket < counts.length; bucket++) {
            if (below + counts[bucket] >= rank) {
                return interpolated(bucket, (double) (rank - below) / counts[bucket]);
            }
            below += counts[bucket];
        }
        throw new IllegalStateException("rank " + rank + " beyond " + count + " durations");
    }

    private static long interpolated(int bucket, double part) {
        var lower = LatencyBuckets.lowerNanos(bucket);
        var upper = LatencyBuckets.upperNanos(bucket);
        return lower + Math.round((upper - lower) * part);
    }

    /// How many exported bounds there are; the infinite one is not among them.
    public static int exportedBounds() {
        return EXPORTED_NANOS.length;
    }

    public static double exportedBoundSeconds(int index) {
        return EXPORTED_NANOS[index] / NANOS_PER_SECOND;
    }

    /// How many durations were at most the exported bound.
    public long countUpToBound(int index) {
        var buckets = LatencyBuckets.bucketsUpTo(EXPORTED_NANOS[index]);
        var sum = 0L;
        for (var bucket = 0; bucket < buckets; bucket++) {
            sum += counts[bucket];
        }
        return sum;
    }
}
