package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.copyDone;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.flush;
import static io.pgdoorman.pooler.script.Message.functionCall;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static io.pgdoorman.pooler.script.Message.terminate;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Tables;
import io.pgdoorman.pooler.script.ToBoth;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A BEGIN is answered before a server is taken, and nobody can tell from the answers.
class DeferredBeginIT {
    private static final PoolerFixture POOLER =
            PoolerFixture.wish().poolSize(1).deferredBegin().start();

    @BeforeAll
    static void makesTables() {
        EmbeddedPg.shared().does(Tables.sql());
    }

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"begin", "BEGIN;", "Begin Work", "begin transaction;", "start transaction", "START TRANSACTION;"
            })
    void transactionsAreAnsweredAsByPostgresql(String begin) {
        // when then
        new ToBoth(EmbeddedPg.shared().door(), POOLER.door()).plays(client -> {
            for (var end : new String[] {"commit", "COMMIT;", "end", "abort;", "rollback", "rollback work"}) {
                client.asks(begin);
                client.asks(end);
                client.asks(begin);
                client.asks("select count(*) from item");
                client.asks(end);
                client.asks(end);
            }
            client.sends(query(begin), query("select 1"), query("commit"), query("select 2"))
                    .receivesReady(4);
            client.sends(query(begin), query("commit"), query(begin), query("rollback"))
                    .receivesReady(4);
            client.asks(begin);
            client.asks(begin);
            client.asks("start transaction read only");
            client.asks("insert into item values (200, 'two hundred')");
            client.asks("select 1");
            client.asks("rollback");
            client.sends(query(begin), sync(), flush(), copyData("x"), copyDone(), sync())
                    .receivesReady(3);
            client.sends(parse("", "select 1"), bind(""), execute(), sync()).receivesReady();
            client.sends(query("select 1/0")).receivesReady();
            client.asks("commit");
            client.asks(begin + " ");
            client.asks("commit and chain");
            client.asks("rollback to nothing");
            client.asks("rollback");
            client.asks(begin);
            client.asks("savepoint a; select 1");
            client.sends(functionCall(154, "1", "0")).receivesReady();
            client.asks("rollback to a");
            client.asks("commit");
            client.sends(parse("", "select 'unnamed'"), sync()).receivesReady();
            client.asks(begin);
            client.sends(bind(""), execute(), sync()).receivesReady(); // a simple query took it away
            client.asks("rollback");
            client.asks(begin);
            client.asks("set local timezone to 'Asia/Tokyo'; show timezone");
            client.asks("commit; show timezone");
            client.sends(query(begin), terminate()).receivesToEnd();
        });
    }

    @Test
    void beginTakesNoServer() {
        // given
        try (var first = POOLER.door().login();
                var second = POOLER.door().login()) {
            // when
            first.asks("begin");

            // then
            assertThat(second.asksOne("select 'free'")).isEqualTo("free");
            assertThat(first.asksOne("select 'mine'")).isEqualTo("mine");
            second.sends(query("select 'waits'"));
            assertThat(second.hearsNothingFor(100)).isTrue();
            first.asks("commit");
            assertThat(second.receivesReady().get(1).firstColumn()).isEqualTo("waits");
        }
    }

    @Test
    void transactionThatGotNoServerHasFailed() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .deferredBegin()
                        .general("query_wait_timeout", "100ms")
                        .start();
                var holder = pooler.door().login();
                var client = pooler.door().login()) {
            holder.asks("begin; select 1");
            client.asks("begin");

            // when
            var refused = client.asks("insert into item values (300, 'never')");
            var stillBusy = client.asks("insert into item values (301, 'never')");
            holder.asks("commit");
            var ignored = client.asks("insert into item values (302, 'never')");

            // then
            assertThat(refused.getFirst().sqlState()).isEqualTo("53300");
            assertThat(refused.getLast().body()).isEqualTo("E");
            assertThat(stillBusy.getLast().body()).isEqualTo("E");
            assertThat(ignored.getFirst().sqlState()).isEqualTo("25P02");
            assertThat(ignored.getLast().body()).isEqualTo("E");
            assertThat(client.asks("commit").getFirst().body()).isEqualTo("ROLLBACK\0");
            assertThat(client.asksOne("select count(*) from item where id between 300 and 302"))
                    .isEqualTo("0");

            // and where nobody asked a server meanwhile
            holder.asks("begin; select 1");
            client.sends(query("begin"), parse("", "select 1"), bind(""), execute(), sync())
                    .receivesReady(2);
            assertThat(client.asks("commit").toString()).contains("ROLLBACK").contains("ReadyForQuery(I)");
        }
    }

    @Test
    void cancelOfAWaitInATransactionFailsIt() {
        // given
        try (var holder = POOLER.door().login();
                var client = POOLER.door().login();
                var canceller = POOLER.door().connect()) {
            holder.asks("begin; select 1");
            client.asks("begin");
            client.sends(query("select 1"));
            client.hearsNothingFor(50);

            // when
            canceller.sends(cancelRequest(client.key())).receivesToEnd();

            // then
            var replies = client.receivesReady();
            assertThat(replies.getFirst().sqlState()).isEqualTo("57014");
            assertThat(replies.getLast().body()).isEqualTo("E");
            holder.asks("commit");
            assertThat(client.asks("select 1").getFirst().sqlState()).isEqualTo("25P02");
            client.asks("rollback");
        }
    }

    @Test
    void silenceInATransactionWithoutServerIsSilenceInATransaction() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .deferredBegin()
                        .general("idle_transaction_timeout", "200ms")
                        .start();
                var client = pooler.door().login();
                var other = pooler.door().login()) {
            other.asks("begin");
            other.asks("commit");

            // when
            client.asks("begin");

            // then
            assertThat(client.receivesToEnd().getLast().sqlState()).isEqualTo("25P03");
            assertThat(other.asksOne("select 'idle outside'")).isEqualTo("idle outside");
        }
    }
}
