package io.pgdoorman.pooler.stats;

import java.util.Arrays;

/// The fixed buckets of all latency histograms: eighteen per decade from 10 µs to 1,000 s, at most 20 % wide.
///
/// Decimal bounds, and not powers of two as HdrHistogram has them, so that the exported bounds are bucket bounds and
/// their counts exact. A value that equals a bound belongs to the bucket below it, as Prometheus' `le` wants.
final class LatencyBuckets {

    private static final long[] FIRST_BOUNDS = {1_000, 2_000, 5_000};
    private static final int[] STEPS_OF_DECADE = {
        100, 110, 125, 150, 175, 200, 225, 250, 300, 350, 400, 450, 500, 600, 700, 750, 800, 900
    };
    private static final int DECADES = 8;
    private static final long FIRST_DECADE_NANOS = 10_000;

    private static final long[] BOUNDS = bounds();

    /// Buckets with a bound, and one for all that is slower than the last bound.
    static final int COUNT = BOUNDS.length + 1;

    /// Four slots per power of two; each names the first bucket that a value of the slot may fall in, so that the
    /// search ends after three comparisons at most.
    private static final int SLOT_BITS = 2;

    private static final int[] FIRST_BUCKET_OF_SLOT = slots();

    private LatencyBuckets() {}

    /// The bucket of a duration; a negative one (a clock stepped back) counts as zero.
    static int indexOf(long nanos) {
        var value = Math.max(nanos, 0);
        var bucket = FIRST_BUCKET_OF_SLOT[slotOf(value)];
        while (bucket < BOUNDS.length && value > BOUNDS[bucket]) {
            bucket++;
        }
        return bucket;
    }

    /// The greatest duration that the bucket holds; the last bound for the bucket without one.
    static long upperNanos(int bucket) {
        return BOUNDS[Math.min(bucket, BOUNDS.length - 1)];
    }

    static long lowerNanos(int bucket) {
        return bucket == 0 ? 0 : BOUNDS[bucket - 1];
    }

    /// How many buckets hold only durations up to this one, which must be a bound.
    static int bucketsUpTo(long boundNanos) {
        var bucket = Arrays.binarySearch(BOUNDS, boundNanos);
        if (bucket < 0) {
            throw new IllegalArgumentException("no bucket ends at " + boundNanos + " ns");
        }
        return bucket + 1;
    }

    private static int slotOf(long value) {
        var bits = Long.SIZE - Long.numberOfLeadingZeros(value | 1);
        var shift = Math.max(bits - 1 - SLOT_BITS, 0);
        return (bits << SLOT_BITS) + (int) ((value >>> shift) & ((1 << SLOT_BITS) - 1));
    }

    private static long[] bounds() {
        var bounds = new long[FIRST_BOUNDS.length + DECADES * STEPS_OF_DECADE.length + 1];
        System.arraycopy(FIRST_BOUNDS, 0, bounds, 0, FIRST_BOUNDS.length);
        var next = FIRST_BOUNDS.length;
        var decade = FIRST_DECADE_NANOS;
        for (var d = 0; d < DECADES; d++) {
            for (var step : STEPS_OF_DECADE) {
                bounds[next++] = decade / 100 * step;
            }
            decade *= 10;
        }
        bounds[next] = decade;
        return bounds;
    }

    private static int[] slots() {
        var slots = new int[(Long.SIZE + 1) << SLOT_BITS];
        Arrays.fill(slots, BOUNDS.length);
        for (var bits = 1; bits < Long.SIZE; bits++) {
            for (var part = 0; part < (1 << SLOT_BITS); part++) {
                var smallest = smallestOf(bits, part);
                var found = Arrays.binarySearch(BOUNDS, smallest);
                slots[(bits << SLOT_BITS) + part] = found < 0 ? -found - 1 : found;
            }
        }
        return slots;
    }

    /// The least value whose slot this is; below the first bound all slots lead to bucket 0 anyway.
    private static long smallestOf(int bits, int part) {
        var top = 1L << (bits - 1);
        return bits - 1 < SLOT_BITS ? 0 : top + ((top >>> SLOT_BITS) * part);
    }
}
