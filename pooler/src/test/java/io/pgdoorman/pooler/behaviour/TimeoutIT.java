package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.flush;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a client is told when its time is over, and what becomes of its server.
class TimeoutIT {
    private static final String SLEEP = "select pg_sleep(30)";

    @Test
    void silentTransactionIsRolledBackAndItsServerServesOthers() {
        // given
        EmbeddedPg.shared()
                .does("drop table if exists silent", "create table silent (n int)", "grant all on silent to app");
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("idle_transaction_timeout", "200ms")
                        .start();
                var silent = pooler.door().login();
                var other = pooler.door().login()) {
            var pid = silent.asksOne("select pg_backend_pid()");
            silent.asks("begin; insert into silent values (1)");

            // when
            var told = silent.receivesToEnd();

            // then
            assertThat(told)
                    .singleElement()
                    .satisfies(error -> assertThat(error.error())
                            .isEqualTo("FATAL 25P03 terminating connection due to idle-in-transaction timeout"));
            assertThat(other.asksOne("select pg_backend_pid()")).isEqualTo(pid);
            assertThat(other.asksOne("select count(*) from silent")).isEqualTo("0");
        }
    }

    @Test
    void silenceWithoutSyncHoldsNoServerForEver() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("idle_transaction_timeout", "200ms")
                        .start();
                var silent = pooler.door().login()) {
            // when
            silent.sends(parse("", "select 1"), bind(""), execute(), flush());
            var told = silent.receivesToEnd();

            // then
            assertThat(told.getLast().sqlState()).isEqualTo("25P03");
            assertThat(pooler.door().login().asksOne("select 2")).isEqualTo("2");
        }
    }

    @Test
    void transactionThatWorksAllTheTimeIsNotIdle() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .general("idle_transaction_timeout", "300ms")
                        .start();
                var busy = pooler.door().login()) {
            busy.asks("begin");

            // when
            for (int i = 0; i < 5; i++) {
                busy.asksOne("select pg_sleep(0.15)");
            }
            busy.asksOne("select pg_sleep(0.5)");

            // then
            assertThat(busy.asks("commit").getLast().body()).isEqualTo("I");
        }
    }

    @Test
    void longQueryIsCancelledAndTheConnectionLives() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("query_timeout", "200ms")
                        .start();
                var client = pooler.door().login()) {
            var pid = client.asksOne("select pg_backend_pid()");

            // when
            var simple = client.asks(SLEEP);
            var extended =
                    client.sends(parse("", SLEEP), bind(""), execute(), sync()).receivesReady();
            client.asks("begin");
            var inTransaction = client.asks(SLEEP);

            // then
            for (var replies : List.of(simple, extended, inTransaction)) {
                assertThat(errorOf(replies).error())
                        .isEqualTo("ERROR 57014 canceling statement due to statement timeout");
                assertThat(errorOf(replies).field('H')).contains("query_timeout");
            }
            assertThat(simple.getLast().body()).isEqualTo("I");
            assertThat(inTransaction.getLast().body()).isEqualTo("E");
            client.asks("rollback");
            assertThat(client.asksOne("select pg_backend_pid()")).isEqualTo(pid);
        }
    }

    @Test
    void longTransactionEndsAndItsQueryIsCancelledOnTheServer() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("transaction_timeout", "300ms")
                        .start();
                var client = pooler.door().login();
                var other = pooler.door().login()) {
            client.asks("begin");
            client.asks("select 1");

            // when
            client.sends(query(SLEEP));
            var told = client.receivesToEnd();

            // then
            assertThat(told.getLast().error())
                    .isEqualTo("FATAL 25P04 terminating connection due to transaction timeout");
            Eventually.isTrue("the query has ended", () -> sleepers() == 0);
            assertThat(other.asksOne("select 1")).isEqualTo("1");
        }
    }

    private static int sleepers() {
        return Integer.parseInt(EmbeddedPg.shared()
                .asks("select count(*) from pg_stat_activity where query = '" + SLEEP + "' and state = 'active'")
                .getFirst());
    }

    @Test
    void idleClientEnds() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .general("client_idle_timeout", "200ms")
                        .start();
                var client = pooler.door().login()) {
            client.asks("select 1");

            // when
            var told = client.receivesToEnd();

            // then
            assertThat(told)
                    .singleElement()
                    .satisfies(error -> assertThat(error.error())
                            .isEqualTo("FATAL 57P05 terminating connection due to idle-session timeout"));
        }
    }

    @Test
    void clientOfASessionIsIdleBetweenItsTransactions() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .sessionMode()
                        .poolSize(1)
                        .general("client_idle_timeout", "500ms")
                        .general("idle_transaction_timeout", "100ms")
                        .general("transaction_timeout", "250ms")
                        .start();
                var client = pooler.door().login()) {
            client.asks("select 1");

            // when
            var told = client.receivesToEnd();

            // then
            assertThat(told.getLast().sqlState()).isEqualTo("57P05");
            assertThat(pooler.door().login().asksOne("select 2")).isEqualTo("2");
        }
    }

    @Test
    void waitingClientIsToldOnce() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("query_wait_notify", "100ms")
                        .start();
                var holder = pooler.door().login();
                var waiter = pooler.door().login()) {
            holder.asks("begin");

            // when
            waiter.sends(query("select 1"));
            var notice = waiter.receives();
            boolean nothingMore = waiter.hearsNothingFor(300);
            holder.asks("commit");

            // then
            assertThat(notice.tag()).isEqualTo('N');
            assertThat(notice.error())
                    .isEqualTo("NOTICE 00000 No server connection available in postgres backend, client being queued");
            assertThat(nothingMore).isTrue();
            assertThat(waiter.receivesReady().get(1).firstColumn()).isEqualTo("1");
        }
    }

    @Test
    void loginEndsAfterItsTime() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .general("client_login_timeout", "200ms")
                        .start();
                var nobody = pooler.door().connect()) {
            // when
            var told = nobody.receivesToEnd();

            // then
            assertThat(told.getLast().error()).isEqualTo("FATAL 57014 canceling authentication due to timeout");
        }
    }

    @Test
    void limitsOfThePoolAndTheUserGoBeforeTheGeneralOnes() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .general("client_idle_timeout", "1h")
                        .general("query_timeout", "1h")
                        .pool("query_timeout", "100ms")
                        .app("client_idle_timeout", "300")
                        .start();
                var client = pooler.door().login()) {
            // when
            var cancelled = client.asks(SLEEP);
            var told = client.receivesToEnd();

            // then
            assertThat(errorOf(cancelled).sqlState()).isEqualTo("57014");
            assertThat(told.getLast().sqlState()).isEqualTo("57P05");
        }
    }

    @Test
    void reloadReachesClientsThatAreConnected() {
        // given
        try (var pooler = PoolerFixture.wish().start();
                var idle = pooler.door().login();
                var busy = pooler.door().login()) {
            busy.asks("begin");
            idle.asks("select 1");

            // when
            pooler.reload(
                    wish -> wish.general("idle_transaction_timeout", "100ms").pool("client_idle_timeout", "100ms"));

            // then
            assertThat(last(idle).sqlState()).isEqualTo("57P05");
            assertThat(last(busy).sqlState()).isEqualTo("25P03");
        }
    }

    @Test
    void reloadTakesLimitsAway() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .general("client_idle_timeout", "400ms")
                        .start();
                var client = pooler.door().login()) {
            // when
            pooler.reload(wish -> wish.general("client_idle_timeout", "0"));

            // then
            assertThat(client.hearsNothingFor(700)).isTrue();
            assertThat(client.asksOne("select 1")).isEqualTo("1");
        }
    }

    private static Reply last(WireClient client) {
        return client.receivesToEnd().getLast();
    }

    private static Reply errorOf(List<Reply> replies) {
        return replies.stream().filter(reply -> reply.tag() == 'E').findFirst().orElseThrow();
    }
}
