package io.pgdoorman.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.stats.StatementMemory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

/// What a Bind pays to find its statement, and what a Parse pays to find that it is known already.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class StatementNames {
    private static final int NAME_LENGTH = 8;

    /// How many statements the client has prepared.
    @Param({"1", "100"})
    public int prepared;

    private final StatementCache cache = new StatementCache(0, 8192, new StatementMemory(Long.MAX_VALUE));
    private final ClientStatements statements = new ClientStatements(cache.tally());
    private final ByteBuf frames = Unpooled.directBuffer();
    private final ByteBuf texts = Unpooled.directBuffer();
    private int[] ends = {};
    private int next;

    /// Prepares the statements and lays their names and texts one after the other into buffers, as frames would have
    /// them.
    @Setup
    public void prepare() {
        ends = new int[prepared + 1];
        for (int i = 0; i < prepared; i++) {
            var name = "stmt%04d".formatted(i).getBytes(StandardCharsets.UTF_8);
            texts.writeCharSequence(
                    "SELECT abalance FROM pgbench_accounts WHERE aid = $1 AND bid <> " + i + "\0\0\0",
                    StandardCharsets.UTF_8);
            ends[i + 1] = texts.writerIndex();
            var _ = statements.put(name, cache.intern(texts, ends[i], ends[i + 1], 0, _ -> 0));
            frames.writeBytes(name);
        }
    }

    /// Looks a name up where it lies in the frame.
    @Benchmark
    public @Nullable Statement findWhereItLies() {
        return statements.find(frames, turn() * NAME_LENGTH, NAME_LENGTH);
    }

    /// Finds the shared statement of a text where it lies.
    @Benchmark
    public Statement internKnownText() {
        int at = turn();
        return cache.intern(texts, ends[at], ends[at + 1], 0, _ -> 0);
    }

    private int turn() {
        next = next + 1 == prepared ? 0 : next + 1;
        return next;
    }
}
