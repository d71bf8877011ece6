package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.PoolerFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class CancelIT {
    private static final PoolerFixture POOLER = PoolerFixture.wish().poolSize(2).start();

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    @Test
    void cancelStopsTheQueryOfItsClient() {
        // given
        try (var client = POOLER.door().login();
                var other = POOLER.door().login()) {
            other.sends(query("select pg_sleep(1), 'other'"));
            client.sends(query("select pg_sleep(60), 'cancel me'"));
            Running.query("cancel me");

            // when
            cancels(client.key());

            // then
            assertThat(client.receivesReady())
                    .anySatisfy(reply -> assertThat(reply.sqlState()).isEqualTo("57014"));
            assertThat(client.asksOne("select 'alive'")).isEqualTo("alive");
            assertThat(other.receivesReady())
                    .noneSatisfy(reply -> assertThat(reply.tag()).isEqualTo('E'));
        }
    }

    @Test
    void cancelInATransactionKeepsTheTransaction() {
        // given
        try (var client = POOLER.door().login()) {
            client.asks("begin");
            client.sends(query("select pg_sleep(60), 'cancel in transaction'"));
            Running.query("cancel in transaction");

            // when
            cancels(client.key());

            // then
            var replies = client.receivesReady();
            assertThat(replies).anySatisfy(reply -> assertThat(reply.sqlState()).isEqualTo("57014"));
            assertThat(replies.getLast().body()).isEqualTo("E");
            assertThat(client.asks("rollback").getLast().body()).isEqualTo("I");
        }
    }

    @Test
    void cancelWithAWrongKeyStopsNothing() {
        // given
        try (var client = POOLER.door().login()) {
            client.sends(query("select pg_sleep(0.5), 'not cancelled'"));
            Running.query("not cancelled");
            byte[] wrong = client.key();
            wrong[wrong.length - 1] ^= 1;

            // when
            cancels(wrong);

            // then
            assertThat(client.receivesReady())
                    .noneSatisfy(reply -> assertThat(reply.tag()).isEqualTo('E'));
        }
    }

    @Test
    void cancelOfAnIdleClientHitsNobody() {
        // given
        try (var idle = POOLER.door().login();
                var first = POOLER.door().login();
                var second = POOLER.door().login()) {
            idle.asks("select 1");
            first.sends(query("select pg_sleep(0.5), 'first'"));
            second.sends(query("select pg_sleep(0.5), 'second'"));

            // when
            for (int i = 0; i < 5; i++) {
                cancels(idle.key());
            }

            // then
            assertThat(first.receivesReady())
                    .noneSatisfy(reply -> assertThat(reply.tag()).isEqualTo('E'));
            assertThat(second.receivesReady())
                    .noneSatisfy(reply -> assertThat(reply.tag()).isEqualTo('E'));
            assertThat(idle.asksOne("select 'fine'")).isEqualTo("fine");
        }
    }

    @Test
    void lateCancelHitsNoOtherClientOfTheSameServer() {
        // given
        try (var one = PoolerFixture.wish().poolSize(1).start();
                var first = one.door().login();
                var second = one.door().login()) {
            for (int i = 0; i < 30; i++) {
                // when
                first.sends(query("select 1"));
                try (var canceller = one.door().connect()) {
                    canceller.sends(cancelRequest(first.key()));
                    first.receivesReady();
                    second.sends(query("select pg_sleep(0.02)"));
                    canceller.receivesToEnd();
                }

                // then
                assertThat(second.receivesReady())
                        .noneSatisfy(reply -> assertThat(reply.tag()).isEqualTo('E'));
            }
        }
    }

    @Test
    void endedCancelHitsNoLaterQueryOfItsOwnClient() {
        // given
        try (var pooler = PoolerFixture.wish().sessionMode().start();
                var client = pooler.door().login()) {
            for (int i = 0; i < 100; i++) {
                client.sends(query("select pg_sleep(0.001)"));

                // when
                try (var canceller = pooler.door().connect()) {
                    canceller.sends(cancelRequest(client.key())).receivesToEnd();
                }
                client.receivesReady();

                // then
                assertThat(client.asks("select pg_sleep(0.005)"))
                        .as("round %d", i)
                        .noneSatisfy(reply -> assertThat(reply.tag()).isEqualTo('E'));
            }
        }
    }

    @Test
    void cancelOfAWaiterEndsItsWait() {
        // given
        try (var one = PoolerFixture.wish().poolSize(1).start();
                var holder = one.door().login();
                var waiter = one.door().login()) {
            holder.asks("begin; select 1");
            waiter.sends(query("select 'waited'"), query("select 'next'"));
            waiter.hearsNothingFor(50);

            // when
            try (var canceller = one.door().connect()) {
                canceller.sends(cancelRequest(waiter.key())).receivesToEnd();
            }
            var cancelled = waiter.receivesReady();
            holder.asks("commit");

            // then
            assertThat(cancelled.getFirst().error()).isEqualTo("ERROR 57014 canceling statement due to user request");
            assertThat(cancelled.getLast().body()).isEqualTo("I");
            assertThat(waiter.receivesReady().get(1).firstColumn()).isEqualTo("next");
            assertThat(holder.asksOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void cancelCostsNoServer() {
        // given
        try (var one = PoolerFixture.wish().poolSize(1).start();
                var client = one.door().login()) {
            var backend = client.asksOne("select pg_backend_pid()");
            for (int i = 0; i < 3; i++) {
                client.sends(query("select pg_sleep(60), 'costs nothing " + i + "'"));
                Running.query("costs nothing " + i);

                // when
                try (var canceller = one.door().connect()) {
                    canceller.sends(cancelRequest(client.key())).receivesToEnd();
                }

                // then
                assertThat(client.receivesReady().getLast().body()).isEqualTo("I");
                assertThat(client.asksOne("select pg_backend_pid()")).isEqualTo(backend);
            }
        }
    }

    private static void cancels(byte[] key) {
        try (var canceller = POOLER.door().connect()) {
            assertThat(canceller.sends(cancelRequest(key)).receivesToEnd()).isEmpty();
        }
    }
}
