package io.pgdoorman.pooler.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.server.PoolSlot;
import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thousand clients on forty servers, over loops, in a time that is only counted: how evenly they wait. What a
/// machine adds to that, its own noise, is no part of it.
class FairnessTest {
    private static final Logger LOG = LoggerFactory.getLogger(FairnessTest.class);
    private static final long MICRO = 1_000;
    private static final int CLIENTS = 1000;
    private static final int SERVERS = 40;
    private static final int LEASES = 100_000;

    /// The first leases fill the queues.
    private static final int WARM_UP = 5 * CLIENTS;

    private final Random random = new Random(7);
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<Long> waits = new ArrayList<>();
    private final int[] served = new int[CLIENTS];
    private long now;
    private long order;
    private long moves;

    private record Event(long at, long order, Runnable what) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    private void happens(long delay, Runnable what) {
        events.add(new Event(now + delay, order++, what));
    }

    /// @param loops event loops
    /// @param shareOfFirst percent of the clients that are on the first of them
    @ParameterizedTest
    @CsvSource({"1, 100", "2, 50", "2, 90", "4, 25", "4, 70", "8, 12"})
    void clientsWaitAboutEquallyLongWhereverTheyAre(int loops, int shareOfFirst) {
        // given
        var source = new Source(loops);
        var pool = new Pool<>(
                new Pool.Parts<>(
                        "x", source, new Coordinator("x", CapSettings.NONE, () -> now), () -> now, random::nextDouble),
                new PoolSettings(
                        SERVERS,
                        0,
                        Duration.ofMinutes(10),
                        new PoolSettings.Times(Duration.ZERO, Duration.ZERO, Duration.ZERO),
                        new PoolSettings.Growth(4, 20, 10),
                        false));
        for (int i = 0; i < CLIENTS; i++) {
            int loop = i * 100 < CLIENTS * shareOfFirst || loops == 1 ? 0 : 1 + i % (loops - 1);
            var client = new Client(pool, i, loop);
            happens(random.nextInt(1000) * MICRO, client::borrows);
        }

        // when
        while (waits.size() < LEASES) {
            var next = events.remove();
            now = next.at();
            next.what().run();
        }

        // then
        var sorted = waits.subList(WARM_UP, waits.size()).stream()
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
        double ratio = (double) percentile(sorted, 99) / percentile(sorted, 50);
        int least = Arrays.stream(served).min().orElse(0);
        int most = Arrays.stream(served).max().orElse(0);
        LOG.info(
                "{} loops, {} % on the first: p50 {} us, p99 {} us, ratio {}, served {} to {} times, moves {} %",
                loops,
                shareOfFirst,
                percentile(sorted, 50) / MICRO,
                percentile(sorted, 99) / MICRO,
                Math.round(ratio * 100) / 100.0,
                least,
                most,
                100 * moves / LEASES);
        assertThat(ratio).isLessThanOrEqualTo(1.5);
        assertThat(least).isGreaterThan(most / 2);
    }

    private static long percentile(long[] sorted, int percent) {
        return sorted[sorted.length * percent / 100];
    }

    /// Borrows again as soon as it gave back, as a load generator does.
    private final class Client implements Borrower<Server> {
        private final Pool<Server> pool;
        private final int number;
        private final int loop;
        private long since;

        Client(Pool<Server> pool, int number, int loop) {
            this.pool = pool;
            this.number = number;
            this.loop = loop;
        }

        void borrows() {
            since = now;
            if (pool.borrow(loop, this) instanceof Borrowed.Lent<Server>(var server)) {
                lent(server);
            }
        }

        @Override
        public void lent(Server server) {
            waits.add(now - since);
            served[number]++;
            // half a millisecond in the mean, now and then much longer
            long work = (long) (-Math.log(1 - random.nextDouble()) * 500 * MICRO);
            happens(work, () -> {
                pool.giveBack(server);
                happens(50 * MICRO, this::borrows);
            });
        }

        @Override
        public void refused(PgError error) {
            throw new AssertionError(error);
        }
    }

    private final class Source implements ServerSource<Server> {
        private final int loops;

        Source(int loops) {
            this.loops = loops;
        }

        @Override
        public void connect(int loop, Callback<Server> callback) {
            happens(5_000 * MICRO, () -> callback.connected(new Server(loop)));
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void run(int loop, Runnable task) {
            happens(20 * MICRO, task);
        }

        @Override
        public void later(Runnable task, long delayNanos) {
            happens(delayNanos, task);
        }

        @Override
        public int loops() {
            return loops;
        }
    }

    private final class Server implements PoolServer {
        private final PoolSlot slot = new PoolSlot();
        private int loop;

        Server(int loop) {
            this.loop = loop;
        }

        @Override
        public PoolSlot slot() {
            return slot;
        }

        @Override
        public int loop() {
            return loop;
        }

        @Override
        public void moveTo(int target, Consumer<Boolean> done) {
            moves++;
            happens(40 * MICRO, () -> {
                loop = target;
                done.accept(true);
            });
        }

        @Override
        public void probe(Consumer<Boolean> done) {
            done.accept(true);
        }

        @Override
        public void close(CloseReason reason) {
            throw new AssertionError(reason);
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public @Nullable CloseReason unwanted() {
            return null;
        }
    }
}
