package io.pgdoorman.pooler.stats;

import java.util.Arrays;

/// Numbers of errors by [ErrorClass].
public final class ErrorCounts {

    private final long[] counts;

    ErrorCounts(long[] counts) {
        this.counts = counts.clone();
    }

    public long of(ErrorClass kind) {
        return counts[kind.index()];
    }

    public long all() {
        return Arrays.stream(counts).sum();
    }
}
