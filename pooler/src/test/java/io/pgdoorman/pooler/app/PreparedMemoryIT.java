package io.pgdoorman.pooler.app;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerProcess;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A client that prepares more than the heap of the process holds.
class PreparedMemoryIT {
    private static final int MIB = 1 << 20;
    private static final int HEAP = 96 * MIB;

    @TempDir
    private Path folder;

    private PoolerProcess start() {
        return new PoolerProcess.Wish(folder)
                .poolSize(4)
                .flags("-Xmx" + HEAP, "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
                .start();
    }

    private static WireClient login(PoolerProcess pooler) {
        var client = pooler.door().connect();
        client.sends(Message.startup(Map.of("user", "app", "database", Door.DATABASE)))
                .receivesReady();
        return client;
    }

    private static String text(int number, int length) {
        return "select " + number + " /*" + "x".repeat(length) + "*/";
    }

    /// What the process counts for them, in bytes.
    private static long held(PoolerProcess pooler) {
        try (var console = pooler.door().connect().loggedIn("admin", "secret", "pgdoorman", Map.of())) {
            return console.asks("show mem").stream()
                    .filter(row -> row.tag() == 'D' && row.firstColumn().equals("prepared_statements"))
                    .mapToLong(row -> Long.parseLong(row.columns().get(2)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static String prepares(WireClient client, String name, String text) {
        client.sends(parse(name, text), bind(name), execute(), sync());
        return outcome(client.receivesReady());
    }

    private static String outcome(List<Reply> replies) {
        return replies.stream()
                .filter(reply -> reply.tag() == 'D' || reply.tag() == 'E')
                .map(reply -> reply.tag() == 'D' ? reply.firstColumn() : reply.field('C'))
                .findFirst()
                .orElse("nothing");
    }

    @Test
    void oneAfterTheOtherIsForgotten() {
        try (var pooler = start();
                var client = login(pooler)) {
            for (int i = 0; i < 200; i++) {
                assertThat(prepares(client, "", text(i, MIB))).isEqualTo("" + i);
            }
            assertThat(held(pooler)).isLessThan(HEAP / 2);
        }
    }

    @Test
    void longTextsOfTwoClientsTakeTurns() {
        try (var pooler = start();
                var one = login(pooler);
                var other = login(pooler)) {
            for (int i = 0; i < 12; i++) {
                assertThat(prepares(i % 2 == 0 ? one : other, "", text(i, 15 * MIB)))
                        .isEqualTo("" + i);
            }
        }
    }

    @Test
    void aPipelineThatNeverEndsWaits() {
        try (var pooler = start();
                var client = login(pooler)) {
            int ahead = 3;
            for (int i = 0; i < 200 + ahead; i++) {
                if (i < 200) {
                    client.sends(parse("", text(i, MIB)), bind(""), execute(), sync());
                }
                if (i >= ahead) {
                    assertThat(outcome(client.receivesReady())).isEqualTo("" + (i - ahead));
                }
            }
        }
    }

    @Test
    void portalsThatDeallocateAreBounded() {
        // given
        try (var pooler = start();
                var client = login(pooler)) {
            client.sends(query("begin"), parse("d", "deallocate x"), sync());
            client.receivesReady(2);

            // when
            client.sends(Stream.concat(
                            IntStream.rangeClosed(0, 1000).mapToObj(i -> Message.bindPortal("p" + i, "d")),
                            Stream.of(sync()))
                    .toArray(Message[]::new));
            var replies = client.receivesReady();

            // then
            assertThat(replies).hasSize(1002);
            assertThat(outcome(replies)).isEqualTo("53000");
            client.sends(query("rollback"));
            client.receivesReady();
            assertThat(prepares(client, "", "select 1")).isEqualTo("1");
        }
    }

    @Test
    void whoKeepsTooManyIsRefusedMoreAndOthersAreNot() {
        // given
        try (var pooler = start();
                var hog = login(pooler);
                var other = login(pooler)) {
            assertThat(prepares(other, "before", text(-1, 10))).isEqualTo("-1");

            // when
            int kept = 0;
            var outcome = prepares(hog, "s0", text(0, MIB / 4));
            while (outcome.equals("" + kept)) {
                kept++;
                outcome = prepares(hog, "s" + kept, text(kept, MIB / 4));
            }

            // then
            assertThat(outcome).isEqualTo("53200");
            assertThat((long) kept * MIB / 4).isBetween(HEAP / 5L, HEAP / 2L);
            hog.sends(bind("s0"), execute(), sync());
            assertThat(outcome(hog.receivesReady())).isEqualTo("0");
            hog.sends(bind("s" + kept), execute(), sync());
            assertThat(outcome(hog.receivesReady())).isEqualTo("26000");
            assertThat(prepares(other, "after", text(-2, MIB / 4))).isEqualTo("-2");
            hog.sends(Message.closeStatement("s0"), Message.closeStatement("s1"), sync());
            hog.receivesReady();
            hog.asks("deallocate all");
            assertThat(prepares(hog, "again", text(-3, MIB / 4))).isEqualTo("-3");
            hog.vanishes();
            Eventually.isTrue(
                    "others may have that memory",
                    Duration.ofMinutes(1),
                    () -> prepares(other, "", text(-4, 3 * MIB)).equals("-4") && held(pooler) < HEAP / 4 + 4 * MIB);
        }
    }

    @Test
    void namesOfOneTextAreBoundedToo() {
        // given
        int batch = 10_000;
        try (var pooler = start();
                var hog = login(pooler);
                var other = login(pooler)) {
            // when
            int begun = 0;
            List<Reply> replies;
            do {
                int from = begun;
                hog.sends(Stream.concat(
                                IntStream.range(from, from + batch).mapToObj(i -> parse("name" + i, "select 1")),
                                Stream.of(sync()))
                        .toArray(Message[]::new));
                replies = hog.receivesReady();
                begun += batch;
            } while (replies.size() == batch + 1 && begun < 2_000_000);

            // then
            assertThat(outcome(replies)).isEqualTo("53200");
            assertThat(prepares(other, "mine", "select 7")).isEqualTo("7");
            assertThat(held(pooler)).isLessThan(HEAP / 2);
        }
    }
}
