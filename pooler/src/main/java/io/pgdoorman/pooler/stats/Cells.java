package io.pgdoorman.pooler.stats;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// A row of counters that many threads add to without a lock, each on its own stripe; readers sum the stripes.
///
/// One array per stripe instead of one `LongAdder` per counter: a pool has some 600 counters, and an event loop finds
/// all of its own in one place. Adding allocates nothing, save a thread's stripe on its first touch. Safe for all
/// threads.
final class Cells {

    private static final int MOST_STRIPES = 16;
    private static final int STRIPES = Math.min(
            Integer.highestOneBit(Math.max(Runtime.getRuntime().availableProcessors() * 2 - 1, 1)), MOST_STRIPES);

    private final int length;
    private final AtomicReferenceArray<AtomicLongArray> stripes = new AtomicReferenceArray<>(STRIPES);

    Cells(int length) {
        this.length = length;
    }

    int length() {
        return length;
    }

    void add(int cell, long amount) {
        mine().getAndAdd(cell, amount);
    }

    /// Adds a duration to a histogram that begins at a cell: its sum first, then its buckets.
    void addDuration(int firstCell, long nanos) {
        var mine = mine();
        mine.getAndAdd(firstCell, Math.max(nanos, 0));
        mine.getAndAdd(firstCell + 1 + LatencyBuckets.indexOf(nanos), 1);
    }

    void addPair(int cell, long amount, long amountOfNext) {
        var mine = mine();
        mine.getAndAdd(cell, amount);
        mine.getAndAdd(cell + 1, amountOfNext);
    }

    long sum(int cell) {
        var sum = 0L;
        for (var s = 0; s < STRIPES; s++) {
            var stripe = stripes.get(s);
            if (stripe != null) {
                sum += stripe.get(cell);
            }
        }
        return sum;
    }

    /// Writes the sums of all cells over the target, which has the same length.
    void sumInto(long[] target) {
        for (var cell = 0; cell < length; cell++) {
            target[cell] = sum(cell);
        }
    }

    private AtomicLongArray mine() {
        var index = (int) Thread.currentThread().threadId() & (STRIPES - 1);
        var stripe = stripes.get(index);
        return stripe == null ? firstTouch(index) : stripe;
    }

    private AtomicLongArray firstTouch(int index) {
        var fresh = new AtomicLongArray(length);
        var witness = stripes.compareAndExchange(index, null, fresh);
        return witness == null ? fresh : witness;
    }
}
