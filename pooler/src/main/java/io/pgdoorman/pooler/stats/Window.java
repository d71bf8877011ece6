package io.pgdoorman.pooler.stats;

import java.util.ArrayDeque;

/// The last 15 seconds of some cells: their sums at the last tick, and at a tick 10 to 15 seconds before it.
///
/// Three sums are kept and the oldest goes every 5 seconds; one per second would cost a pool fifteen times its
/// counters. Guarded by its own lock, which no writer of the cells takes.
final class Window {

    private static final long STEP_NANOS = 5_000_000_000L;
    private static final int MOST_KEPT = 3;
    private static final double NANOS_PER_SECOND = 1e9;

    private final Cells cells;
    private final ArrayDeque<Sums> kept = new ArrayDeque<>(MOST_KEPT + 1);
    private final Sums latest;

    Window(Cells cells) {
        this.cells = cells;
        this.latest = new Sums(cells.length());
    }

    synchronized void tick(long nowNanos) {
        cells.sumInto(latest.values);
        latest.atNanos = nowNanos;
        var newest = kept.peekLast();
        if (newest == null || nowNanos - newest.atNanos >= STEP_NANOS) {
            keepLatest();
        }
    }

    private void keepLatest() {
        var sums = kept.size() < MOST_KEPT ? new Sums(cells.length()) : kept.removeFirst();
        System.arraycopy(latest.values, 0, sums.values, 0, latest.values.length);
        sums.atNanos = latest.atNanos;
        kept.addLast(sums);
    }

    /// Writes what was added between the oldest kept sums and the last tick; returns the seconds between them.
    /// Before the first tick: all that was ever added, and 0.
    synchronized double difference(long[] target) {
        var oldest = kept.peekFirst();
        if (oldest == null) {
            cells.sumInto(target);
            return 0;
        }
        for (var cell = 0; cell < target.length; cell++) {
            target[cell] = latest.values[cell] - oldest.values[cell];
        }
        return (latest.atNanos - oldest.atNanos) / NANOS_PER_SECOND;
    }

    /// Sums of all cells at a time.
    private static final class Sums {

        private final long[] values;
        private long atNanos;

        private Sums(int length) {
            this.values = new long[length];
        }
    }
}
