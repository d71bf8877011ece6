package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.PoolerFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Many clients on few servers of a real PostgreSQL: nobody starves, and how evenly they wait and how often loops wait
/// for the pool's lock is logged. How evenly the rules make them wait is a matter of FairnessTest, which no machine
/// disturbs.
///
/// To measure: `-Dfairness.clients=1000 -Dfairness.servers=40 -Dfairness.answers=20`.
class FairnessIT {
    private static final Logger LOG = LoggerFactory.getLogger(FairnessIT.class);
    private static final int CLIENTS = Integer.getInteger("fairness.clients", 60);
    private static final int SERVERS = Integer.getInteger("fairness.servers", 4);

    /// Of each client, after the first one, which waits for connects.
    private static final int ANSWERS = Integer.getInteger("fairness.answers", 5);

    private static final int SLEEP_MILLIS = Integer.getInteger("fairness.sleep", 20);

    private final ConcurrentLinkedQueue<Long> waits = new ConcurrentLinkedQueue<>();
    private final AtomicIntegerArray answered = new AtomicIntegerArray(CLIENTS);
    private final CountDownLatch ready = new CountDownLatch(CLIENTS);

    @Test
    void nobodyStarves() throws ExecutionException, InterruptedException, IOException {
        // given
        var recording = new Recording();
        recording.enable("jdk.ThreadPark").withThreshold(Duration.ZERO).withStackTrace();
        recording.enable("jdk.JavaMonitorEnter").withThreshold(Duration.ZERO).withStackTrace();
        try (recording;
                var pooler = PoolerFixture.wish()
                        .poolSize(SERVERS)
                        .general("query_wait_timeout", "300s")
                        // a thousand logins are not what is measured
                        .serverPasswords()
                        .general("pg_hba", "{content: \"host all all all trust\"}")
                        .start();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            recording.start();

            // when
            List<Future<Boolean>> done = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                done.add(threads.submit(() -> asks(pooler, number)));
            }
            for (var each : done) {
                assertThat(each.get()).isTrue();
            }
            recording.stop();

            // then
            for (int i = 0; i < CLIENTS; i++) {
                assertThat(answered.get(i)).isEqualTo(ANSWERS);
            }
            tells(parksInPool(recording));
        }
    }

    private boolean asks(PoolerFixture pooler, int number) throws InterruptedException {
        try (var client = pooler.door().login()) {
            client.asksOne("select 1");
            ready.countDown();
            assertThat(ready.await(5, TimeUnit.MINUTES)).isTrue();
            for (int i = 0; i < ANSWERS; i++) {
                long began = System.nanoTime();
                client.asksOne("select pg_sleep(" + SLEEP_MILLIS + " / 1000.0)");
                waits.add(System.nanoTime() - began);
                answered.incrementAndGet(number);
            }
            return true;
        }
    }

    /// Times that an event loop had to wait for the lock of a pool, in nanoseconds.
    private static long[] parksInPool(Recording recording) throws IOException {
        var file = Files.createTempFile("fairness", ".jfr");
        try {
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .filter(FairnessIT::isInPool)
                    .mapToLong(event -> event.getDuration().toNanos())
                    .toArray();
        } finally {
            Files.delete(file);
        }
    }

    private static boolean isInPool(RecordedEvent event) {
        var stack = event.getStackTrace();
        return stack != null
                && stack.getFrames().stream()
                        .anyMatch(
                                frame -> frame.getMethod().getType().getName().startsWith("io.pgdoorman.pooler.pool."));
    }

    private void tells(long[] parks) {
        // The first round begins at one moment, the last one has nobody behind it.
        var inOrder = List.copyOf(waits);
        var between = inOrder.subList(CLIENTS, Math.max(CLIENTS + 1, inOrder.size() - CLIENTS));
        var ratios = new ArrayList<Double>();
        for (int from = 0; from + CLIENTS <= between.size(); from += CLIENTS) {
            ratios.add(ratio(between.subList(from, from + CLIENTS)));
        }
        ratios.sort(null);
        LOG.info(
                "{} clients, {} servers, {} answers: p50 {} ms, p99/p50 {}, of single rounds {} in the median; waits"
                        + " for a pool's lock: {}, {} us in all",
                CLIENTS,
                SERVERS,
                waits.size(),
                percentile(between, 50) / 1_000_000,
                ratio(between),
                ratios.isEmpty() ? "unknown" : ratios.get(ratios.size() / 2),
                parks.length,
                Arrays.stream(parks).sum() / 1000);
    }

    /// Of the 99th percentile to the median. A machine that is slower for a while makes all wait longer; within one
    /// round that shows least.
    private static double ratio(List<Long> some) {
        return Math.round(100.0 * percentile(some, 99) / percentile(some, 50)) / 100.0;
    }

    private static long percentile(List<Long> some, int percent) {
        var sorted = some.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted[sorted.length * percent / 100];
    }
}
