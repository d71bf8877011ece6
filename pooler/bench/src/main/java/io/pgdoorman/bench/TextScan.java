package io.pgdoorman.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.session.DirtScan;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What each simple query pays to be looked through for what it leaves in a session.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TextScan {
    /// How often pgbench's query stands in the text: 1 is 56 bytes.
    @Param({"1", "20"})
    public int times;

    private final ByteBuf frame = Unpooled.directBuffer();

    @Setup
    public void write() {
        frame.writeCharSequence(
                "SELECT abalance FROM pgbench_accounts WHERE aid = 77821;".repeat(times), StandardCharsets.US_ASCII);
    }

    @Benchmark
    public int scan() {
        return DirtScan.scan(frame, 0, frame.writerIndex());
    }
}
