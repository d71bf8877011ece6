package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reloads while clients work: no client sees an error, and nothing is left behind.
///
/// `-Dreloads=1000` makes it the thousand of the goal.
class ReloadStormIT {
    private static final int RELOADS = Integer.getInteger("reloads", 40);
    private static final int CLIENTS = 6;
    private static final int MOST_SERVERS = 5;
    private static final long HEAP_ALLOWANCE = 24 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(ReloadStormIT.class);

    @Test
    void reloadsUnderLoadAreNotNoticed() throws Exception {
        // given
        var stops = new AtomicBoolean();
        var done = new AtomicLong();
        try (var pooler = PoolerFixture.wish().serverPasswords().start();
                var threads = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<Void>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(threads.submit(client(pooler, stops, done)));
            }
            reload(pooler, 10);
            long before = descriptors();
            int threadsBefore = Thread.activeCount();
            long heapBefore = heapInUse();

            Eventually.isTrue("they have servers", () -> servers() > 0);

            // when
            try {
                reload(pooler, RELOADS);
            } finally {
                stops.set(true);
            }

            // then
            for (var client : clients) {
                client.get();
            }
            assertThat(done.get()).isGreaterThan(CLIENTS);
            Eventually.isTrue("no descriptor is left behind", () -> descriptors() < before + 40);
            Eventually.isTrue("no thread is left behind", () -> Thread.activeCount() < threadsBefore + 20);
            Eventually.isTrue("no heap is left behind", () -> heapInUse() < heapBefore + HEAP_ALLOWANCE);
            Eventually.isTrue("no more servers than the pool has", () -> servers() <= MOST_SERVERS);
            LOG.atInfo()
                    .setMessage("%d reloads, %d transactions; before and after: heap %d and %d KiB, threads %d and %d,"
                                    .formatted(
                                            RELOADS,
                                            done.get(),
                                            heapBefore >> 10,
                                            heapInUse() >> 10,
                                            threadsBefore,
                                            Thread.activeCount())
                            + " descriptors %d and %d; servers %d".formatted(before, descriptors(), servers()))
                    .log();
        }
    }

    private static void reload(PoolerFixture pooler, int times) {
        for (int i = 0; i < times; i++) {
            int turn = i;
            pooler.reload(wish -> wish.general("query_wait_timeout", turn % 2 == 0 ? "21s" : "22s")
                    .poolSize(3 + turn % 3)
                    .pool("application_name", "storm" + turn % 2)
                    .user(turn % 2 == 0 ? "even" : "odd", "secret"));
        }
    }

    private static Callable<Void> client(PoolerFixture pooler, AtomicBoolean stops, AtomicLong done) {
        return () -> {
            try (var connection = DriverManager.getConnection(
                            pooler.door().jdbcUrl() + "?ApplicationName=storm",
                            Door.Role.APP.user(),
                            Door.Role.APP.password());
                    var statement = connection.prepareStatement("select ?::int + 1")) {
                for (int i = 0; !stops.get() || i == 0; i++) {
                    connection.setAutoCommit(i % 3 == 0);
                    statement.setInt(1, i);
                    check(statement.executeQuery(), i + 1);
                    if (!connection.getAutoCommit()) {
                        connection.commit();
                    }
                    done.incrementAndGet();
                }
            }
            return null;
        };
    }

    private static void check(java.sql.ResultSet rows, int expected) throws SQLException {
        try (rows) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(expected);
        }
    }

    /// The least of a few looks, as others of this JVM make garbage too.
    private static long heapInUse() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            var runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    private static int servers() {
        return Integer.parseInt(EmbeddedPg.shared()
                .asks("select count(*) from pg_stat_activity where application_name = 'storm'")
                .getFirst());
    }

    private static long descriptors() throws java.io.IOException {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }
}
