package io.pgdoorman.pooler.app;

import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Crowd;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerProcess;
import io.pgdoorman.pooler.script.WireClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Clients that ask for much and read nothing, in a process with little memory outside the heap.
class DirectMemoryIT {
    private static final Logger LOG = LoggerFactory.getLogger(DirectMemoryIT.class);
    private static final long MIB = 1 << 20;
    private static final int ROWS = 10_000;

    /// What idle servers and the console itself have of it, with room.
    private static final long LITTLE = 12 * 1024;

    /// What stays taken adds up from one to the next.
    private static final int ROUNDS = 4;

    /// Some 80 MB, far more than kernels keep for a connection.
    private static final String MUCH = "select repeat('x', 8000) from generate_series(1, " + ROWS + ")";

    @TempDir
    private Path folder;

    private PoolerProcess start(long mib) {
        return new PoolerProcess.Wish(folder)
                .poolSize(60)
                .general("connect_timeout: 30s", "query_wait_timeout: 60s") // servers are made two at a time
                .flags(
                        "-Xmx96m",
                        "-XX:MaxDirectMemorySize=" + mib + "m",
                        "-XX:+ExitOnOutOfMemoryError",
                        // as the distribution has it
                        "-Dio.netty.allocator.numDirectArenas=2",
                        "-Dio.netty.allocator.numHeapArenas=0",
                        "-Dio.netty.allocator.maxOrder=3")
                .start();
    }

    private static WireClient login(Door door) {
        var client = door.connect();
        client.sends(startup()).receivesReady();
        return client;
    }

    private static Message startup() {
        return Message.startup(Map.of("user", "app", "database", Door.DATABASE));
    }

    private static List<WireClient> greedy(PoolerProcess pooler, int count) {
        List<WireClient> all = new ArrayList<>();
        while (all.size() < count) {
            var client = pooler.door().connect();
            all.add(client);
            client.sendsIfOpen(startup(), query(MUCH));
        }
        return all;
    }

    /// What the process has of it, in bytes.
    private static long used(PoolerProcess pooler) {
        return used(pooler, "nio_direct");
    }

    private static long used(PoolerProcess pooler, String kind) {
        try (var console = pooler.door().connect().loggedIn("admin", "secret", "pgdoorman", Map.of())) {
            return console.asks("show mem").stream()
                    .filter(row -> row.tag() == 'D' && row.firstColumn().equals(kind))
                    .mapToLong(row -> Long.parseLong(row.columns().get(2)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void whoDoesNotReadLeavesMemoryForOthersAndLosesNothing() {
        // given
        try (var pooler = start(8);
                var witness = login(pooler.door())) {
            var greedy = greedy(pooler, 50);
            Eventually.isTrue("memory is short", Duration.ofMinutes(2), () -> used(pooler) > 4 * MIB);
            var longest = Duration.ZERO;

            // when
            for (int i = 0; i < 100; i++) {
                long asked = System.nanoTime();
                assertThat(witness.asksOne("select " + i)).isEqualTo("" + i);
                try (var next = login(pooler.door())) {
                    assertThat(next.asksOne("select 1")).isEqualTo("1");
                }
                var took = Duration.ofNanos(System.nanoTime() - asked);
                longest = took.compareTo(longest) > 0 ? took : longest;
            }

            // then
            LOG.atInfo()
                    .setMessage(
                            "%d of 8 MiB used by 50 clients that do not read; a query and a login with one took at most %d ms"
                                    .formatted(used(pooler) / MIB, longest.toMillis()))
                    .log();
            assertThat(pooler.log()).doesNotContain("ERROR");
            var first = greedy.getFirst();
            first.receivesReady(); // of its login
            assertThat(first.receivesReady().stream().filter(reply -> reply.tag() == 'D'))
                    .hasSize(ROWS);
            greedy.forEach(WireClient::vanishes);
        }
    }

    /// Everybody is hit: those who ask for much, those who asked for little, and those who knock. Whoever loses
    /// something is told in one line, nothing of it stays taken, and all of it is there again for the next.
    @Test
    void whoDoesNotReadHoldsHalfAMegabyteAndNotMore() {
        // given
        try (var pooler = start(128)) {
            int count = 20;

            // when
            var greedy = greedy(pooler, count);

            // then
            var last = new long[2];
            Eventually.isTrue("all are stopped", Duration.ofMinutes(1), () -> {
                long used = used(pooler);
                last[1] = used == last[0] && used > count * MIB / 16 ? last[1] + 1 : 0;
                last[0] = used;
                return last[1] == 50;
            });
            LOG.atInfo()
                    .setMessage("%d KB held for each client that does not read".formatted(last[0] / count / 1024))
                    .log();
            assertThat(last[0] / count).isLessThan(640 * 1024);
            greedy.forEach(WireClient::vanishes);
        }
    }

    @Test
    void memoryThatIsUsedUpIsToldAndThereAgain() {
        // given
        try (var pooler = start(2)) {
            for (int round = 0; round < ROUNDS; round++) {
                long told = timesToldOfWant(pooler);

                // when
                var greedy = greedy(pooler, 58);
                Eventually.isTrue("it is used up", Duration.ofMinutes(2), () -> timesToldOfWant(pooler) > told);
                greedy.addAll(modest(pooler, 40));

                // then
                greedy.forEach(WireClient::vanishes);
                try (var crowd = Crowd.at(pooler.door(), 4, "after")) {
                    LOG.atInfo()
                            .setMessage("network memory used up: well again %d ms after those who do not read have left"
                                    .formatted(crowd.untilAllWork().toMillis()))
                            .log();
                    assertThat(crowd.wrong()).isZero();
                }
                Eventually.isTrue("nothing stays taken", () -> used(pooler, "netty_direct") < LITTLE);
            }
            assertThat(pooler.isAlive()).isTrue();
            assertThat(pooler.log()).doesNotContain("\tat ");
        }
    }

    private static long timesToldOfWant(PoolerProcess pooler) {
        return pooler.log()
                .lines()
                .filter(line -> line.contains("no network memory"))
                .count();
    }

    /// They ask for little, and read it if it comes.
    private static List<WireClient> modest(PoolerProcess pooler, int count) {
        List<WireClient> all = new ArrayList<>();
        while (all.size() < count) {
            var client = pooler.door().connect();
            all.add(client);
            client.sendsIfOpen(startup(), query("select 1"));
        }
        return all;
    }
}
