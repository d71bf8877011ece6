package io.pgdoorman.bench;

import io.pgdoorman.pooler.pool.Borrowed;
import io.pgdoorman.pooler.pool.Borrower;
import io.pgdoorman.pooler.pool.CapSettings;
import io.pgdoorman.pooler.pool.Coordinator;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.pool.PoolSettings;
import io.pgdoorman.pooler.pool.Ticket;
import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What a transaction pays to the pool: a server that is idle, or one that comes from a client's hand into the next
/// one's.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Lending {
    private static final int SERVERS = 40;

    private final Pool<StillServer> pool = new Pool<>(
            new Pool.Parts<>(
                    "database \"shop\", user \"app\"",
                    new StillServer.Source(),
                    new Coordinator("shop", CapSettings.NONE, System::nanoTime),
                    System::nanoTime,
                    () -> 0.5),
            new PoolSettings(
                    SERVERS,
                    SERVERS,
                    Duration.ofSeconds(5),
                    new PoolSettings.Times(Duration.ofHours(9), Duration.ofHours(9), Duration.ofHours(9)),
                    new PoolSettings.Growth(4, 20, 0),
                    false));
    private final Client first = new Client();
    private final Client second = new Client();

    /// Somebody who takes what he is lent.
    private static final class Client implements Borrower<StillServer> {
        private @Nullable StillServer held;
        private @Nullable Ticket<StillServer> ticket;

        @Override
        public void lent(StillServer server) {
            held = server;
        }

        @Override
        public void refused(PgError error) {
            throw new IllegalStateException(error.toString());
        }

        void borrow(Pool<StillServer> from) {
            switch (from.borrow(0, this, ticket)) {
                case Borrowed.Lent<StillServer>(var server) -> held = server;
                case Borrowed.Waiting<StillServer>(var place) -> ticket = place;
                case Borrowed.Refused<StillServer>(var error) -> refused(error);
            }
        }

        StillServer take() {
            var taken = held;
            if (taken == null) {
                throw new IllegalStateException("holds no server");
            }
            held = null;
            return taken;
        }
    }

    /// All servers but those of the benchmarks are lent for good where clients are to wait.
    @Setup
    public void borrowAll() {
        for (int i = 0; i < SERVERS - 1; i++) {
            var client = new Client();
            client.borrow(pool);
            var _ = client.take();
        }
        first.borrow(pool);
    }

    /// One that is idle is lent and comes back.
    @Benchmark
    public StillServer idleServer() {
        var server = first.take();
        pool.giveBack(server);
        first.borrow(pool);
        return server;
    }

    /// One that comes back goes to the client that waits.
    @Benchmark
    public StillServer handOver() {
        second.borrow(pool);
        pool.giveBack(first.take());
        first.borrow(pool);
        var server = second.take();
        pool.giveBack(server);
        return server;
    }
}
