package io.pgdoorman.pooler.stats;

/// One histogram of durations that many threads add to without a lock; safe for all threads.
public final class LatencyHistogram {

    private final Cells cells = new Cells(Latencies.cells());

    public void add(long nanos) {
        cells.addDuration(0, nanos);
    }

    /// All that was added so far.
    public Latencies latencies() {
        var sums = new long[cells.length()];
        cells.sumInto(sums);
        return new Latencies(sums, 0);
    }
}
