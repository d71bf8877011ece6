package io.pgdoorman.bench;

import io.pgdoorman.pooler.stats.PoolStats;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// What a transaction pays for the pool's statistics: a query, a transaction, the bytes of both ways.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Counting {
    private final PoolStats stats = new PoolStats("shop", "app");

    @Benchmark
    public void onOneLoop() {
        count();
    }

    @Benchmark
    @Threads(2)
    public void onTwoLoops() {
        count();
    }

    private void count() {
        stats.queryEnded(83_000);
        stats.transactionEnded(91_000);
        stats.clientBytes(57, 112);
    }
}
