package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.raw;
import static io.pgdoorman.pooler.script.Message.sync;
import static io.pgdoorman.pooler.script.Message.tagged;
import static io.pgdoorman.pooler.script.Message.terminate;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.WireClient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// What clients may make the pooler hold, and that it forgets none of it.
class ClientMemoryIT {
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
