package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.copyDone;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.raw;
import static io.pgdoorman.pooler.script.Message.sync;
import static io.pgdoorman.pooler.script.Message.tagged;
import static io.pgdoorman.pooler.script.Message.terminate;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Tables;
import io.pgdoorman.pooler.script.WireClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What clients may make the pooler hold, and that it forgets none of it.
class ClientMemoryIT {
    private static final Logger LOG = LoggerFactory.getLogger(ClientMemoryIT.class);

    /// Clients that are slow at the same time.
    private static final int SLOW = 30;

    /// What one of them may cost: what was read at once, up to 256 KiB, in chunks of Netty's, and the test's own
    /// client.
    private static final long EACH = 1536 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void clientsThatWaitAreHeldBackFirstAndRefusedLast() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("max_memory_usage", "64KB")
                        .start();
                var holder = pooler.door().login()) {
            holder.asks("begin");
            List<WireClient> waiters = new ArrayList<>();

            // when
            for (int i = 0; i < 40; i++) {
                var waiter = pooler.door().login();
                waiters.add(waiter);
                waiter.sends(query("select length('" + "x".repeat(2500) + "')"));
            }
            Eventually.isTrue(
                    "the last of them is refused", () -> !waiters.getLast().hearsNothingFor(5));
            long held = pooler.heldClientBytes();
            holder.asks("commit");

            // then
            int refused = 0;
            for (var waiter : waiters) {
                var replies = waiter.receivesReady();
                if (replies.getFirst().tag() == 'E') {
                    assertThat(replies.getFirst().error()).startsWith("ERROR 53200");
                    assertThat(replies.getFirst().field('H')).contains("max_memory_usage");
                    assertThat(waiter.asksOne("select 'again'")).isEqualTo("again");
                    refused++;
                }
                waiter.close();
            }
            assertThat(refused).isBetween(10, 20);
            assertThat(held).isBetween(48 * 1024L, 68 * 1024L);
            Eventually.isTrue("nothing is held", () -> pooler.heldClientBytes() == 0);
        }
    }

    /// Each of them could have its hundred megabytes at once.
    @Test
    void manyWhoDoNotReadCostLittleEach() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(SLOW + 1).start();
                var other = pooler.door().login()) {
            other.asksOne("select 1");
            List<WireClient> slow = new ArrayList<>();
            for (int i = 0; i < SLOW; i++) {
                slow.add(pooler.door().login());
            }
            long before = Memory.used();
            long heldBefore = Memory.held();

            // when
            for (var client : slow) {
                client.sends(query("select repeat('x', 100000) from generate_series(1, 1000)"));
                client.receives();
            }
            assertThat(slow.getLast().patience(PATIENCE).receives().tag()).isEqualTo('D');
            assertThat(other.asksOne("select pg_sleep(0.5)")).isEmpty();
            long grown = Memory.used() - before;
            slow.forEach(WireClient::vanishes);

            // then
            LOG.info("{} clients that do not read: {} KiB each", SLOW, grown / SLOW / 1024);
            assertThat(grown / SLOW).isLessThan(EACH);
            Eventually.isTrue("nothing is kept of them", () -> Memory.held() - heldBefore < SLOW * EACH / 16);
            assertThat(other.asksOne("select 2")).isEqualTo("2");
        }
    }

    /// Neither do they count as memory that is held: what they send further waits in their own machines.
    @Test
    void manyWhoseServersDoNotTakeWhatTheySendCostLittleEach() throws Exception {
        // given
        EmbeddedPg.shared().does(Tables.sql());
        try (var pooler = PoolerFixture.wish()
                        .poolSize(SLOW + 1)
                        .general("max_memory_usage", "1MB")
                        .start();
                var locker = EmbeddedPg.shared().door().login();
                var other = pooler.door().login();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            other.asksOne("select 1");
            locker.asks("begin; lock table copied");
            List<WireClient> writers = new ArrayList<>();
            for (int i = 0; i < SLOW; i++) {
                writers.add(pooler.door().login());
            }
            byte[] rows = copyData("y".repeat(99_999) + "\n").bytes();
            long before = Memory.used();

            // when
            var sent = new AtomicLong();
            List<Future<?>> sending = new ArrayList<>();
            for (var writer : writers) {
                writer.sends(query("copy copied (name) from stdin"));
                sending.add(threads.submit(() -> {
                    for (int i = 0; i < 200; i++) {
                        writer.sends(raw(rows));
                        sent.addAndGet(rows.length);
                    }
                    writer.sends(copyDone());
                    return writer.receivesReady();
                }));
            }
            Eventually.isTrue("they send no more", () -> {
                long so = sent.get();
                assertThat(other.asksOne("select pg_sleep(0.5)")).isEmpty();
                return so > 0 && sent.get() == so;
            });
            long grown = Memory.used() - before;
            long held = pooler.heldClientBytes();
            locker.asks("rollback");
            for (var each : sending) {
                each.get();
            }

            // then
            LOG.info("{} clients whose servers are slow: {} KiB each, {} held", SLOW, grown / SLOW / 1024, held);
            assertThat(grown / SLOW).isLessThan(EACH);
            assertThat(sent).hasValue(SLOW * 200L * rows.length);
            for (var writer : writers) {
                assertThat(writer.transcript()).anyMatch(reply -> reply.body().equals("COPY 200\0"));
                writer.close();
            }
            Eventually.isTrue("nothing is held", () -> pooler.heldClientBytes() == 0);
            EmbeddedPg.shared().does("truncate copied");
        }
    }

    @Test
    void messageThatNeverGetsWholeEndsItsClientOnly() {
        // given
        try (var pooler =
                        PoolerFixture.wish().general("max_memory_usage", "1MB").start();
                var greedy = pooler.door().login();
                var modest = pooler.door().login()) {
            var large = parse("", "select '" + "x".repeat(3_000_000) + "'").bytes();

            // when
            greedy.sendsIfOpen(raw(Arrays.copyOf(large, large.length - 1)));
            var told = greedy.receivesToEnd();

            // then
            assertThat(told).anySatisfy(reply -> assertThat(reply.error()).startsWith("FATAL 53200"));
            assertThat(modest.asksOne("select 1")).isEqualTo("1");
            Eventually.isTrue("nothing is held", () -> pooler.heldClientBytes() == 0);
        }
    }

    @Test
    void nothingIsHeldAfterAnyKindOfEnd() {
        // given
        var half = parse("p", "select '" + "x".repeat(20_000) + "'").bytes();
        var halfParse = raw(Arrays.copyOf(half, half.length / 2));
        var halfBind = raw(Arrays.copyOf(bind("p", "y".repeat(100)).bytes(), 30));
        List<Message> beginnings = List.of(
                halfParse,
                halfBind,
                raw(new byte[] {'Q', 0}),
                query("select pg_sleep(0.05)"),
                parse("", "select 1"),
                tagged('?', new byte[] {1}));
        List<Consumer<WireClient>> ends = List.of(
                client -> {},
                client -> client.sendsIfOpen(terminate()),
                WireClient::vanishes,
                client -> client.sendsIfOpen(sync(), execute(), sync()),
                WireClient::halfCloses);
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var holder = pooler.door().login()) {
            for (var beginning : beginnings) {
                for (var end : ends) {
                    for (boolean waits : new boolean[] {false, true}) {
                        if (waits) {
                            holder.asks("begin");
                            holder.asks("select 1"); // deferred no longer
                        }
                        var client = pooler.door().login();

                        // when
                        client.sendsIfOpen(beginning);
                        end.accept(client);
                        client.close();
                        if (waits) {
                            holder.asks("commit");
                        }
                    }
                }
            }
            var atTheDoor = pooler.door().connect();
            atTheDoor.sends(raw(new byte[] {0, 0, 1, 0, 0, 3}));
            atTheDoor.close();

            // then
            Eventually.isTrue("nothing is held", () -> pooler.heldClientBytes() == 0);
            assertThat(holder.asksOne("select 1")).isEqualTo("1");
        }
    }
}
