package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerFixture;
import org.junit.jupiter.api.Test;

/// Transaction mode, and a server that stays with its client nevertheless.
class PinIT {
    private static final EmbeddedPg POSTGRES = EmbeddedPg.shared();

    private static PoolerFixture pooler(int servers, int pinned) {
        return PoolerFixture.wish()
                .poolSize(servers)
                .pool("pin_on", "[listen, temp-tables, prepared-statements]")
                .pool("max_pinned_servers", "" + pinned)
                .start();
    }

    @Test
    void notificationsReachTheClientThatListensAndNoOther() {
        // given
        try (var pooler = pooler(2, 1);
                var listener = pooler.door().login();
                var other = pooler.door().login()) {
            listener.sends(parse("", "listen news"), bind(""), execute(), sync())
                    .receivesReady();
            var pid = listener.asksOne("select pg_backend_pid()");
            assertThat(other.asksOne("select pg_backend_pid()")).isNotEqualTo(pid);

            // when
            POSTGRES.does("notify news, 'while idle'");

            // then
            assertThat(listener.receives().body()).endsWith("news\0while idle\0");
            other.asks("notify news, 'from another client'");
            assertThat(listener.receives().body()).endsWith("news\0from another client\0");
            assertThat(listener.asksOne("select pg_backend_pid()")).isEqualTo(pid);
            assertThat(other.transcript()).noneMatch(reply -> reply.tag() == 'A');
        }
    }

    @Test
    void whoListensToNothingAnyMoreGivesItsServerBack() {
        // given
        try (var pooler = pooler(1, 1);
                var listener = pooler.door().login();
                var other = pooler.door().login()) {
            listener.asks("listen one; listen two");
            other.sends(query("select 'served'"));

            // when
            listener.asks("unlisten one");
            listener.asks("begin");
            listener.asks("unlisten two");
            listener.asks("rollback");
            var stillListening = listener.asksOne("select count(*) from pg_listening_channels()");
            listener.asks("unlisten two");

            // then
            assertThat(stillListening).isEqualTo("1");
            assertThat(other.receivesReady()).anyMatch(reply -> reply.body().contains("served"));
        }
    }

    @Test
    void onePinTooManyIsRefusedAndNothingIsLeft() {
        // given
        try (var pooler = pooler(2, 1);
                var second = pooler.door().login()) {
            try (var first = pooler.door().login()) {
                first.asks("listen news");

                // when
                var replies = second.asks("listen news");

                // then
                assertThat(replies.getFirst().error()).startsWith("ERROR 53400");
                assertThat(replies.getLast().body()).isEqualTo("I");
                assertThat(second.asksOne("select count(*) from pg_listening_channels()"))
                        .isEqualTo("0");

                // when: the first one leaves
            }

            // then
            assertThat(second.asksOne("select 1")).isEqualTo("1");
            Eventually.isTrue(
                    "the pooler saw the first one leave",
                    () -> second.asks("listen news").getFirst().body().equals("LISTEN\0"));
        }
    }

    @Test
    void temporaryTablesStayUntilTheyAreDiscarded() {
        // given
        try (var pooler = pooler(1, 1);
                var owner = pooler.door().login();
                var other = pooler.door().login()) {
            owner.asks("create temp table mine as select 'kept' as a");
            other.sends(query("select count(*) from pg_class where relname = 'mine'"));

            // when
            var kept = owner.asksOne("select a from mine");
            owner.asks("discard all");

            // then
            assertThat(kept).isEqualTo("kept");
            assertThat(other.receivesReady().get(1).firstColumn()).isEqualTo("0");
        }
    }

    @Test
    void statementsOfSqlStayUntilTheyAreDeallocated() {
        // given
        try (var pooler = pooler(1, 1);
                var owner = pooler.door().login();
                var other = pooler.door().login()) {
            owner.asks("prepare mine(int) as select $1 + 1");
            other.sends(query("execute mine(1)"));

            // when
            var kept = owner.asksOne("execute mine(41)");
            owner.asks("deallocate all");

            // then
            assertThat(kept).isEqualTo("42");
            assertThat(other.receivesReady().getFirst().error()).startsWith("ERROR 26000");
        }
    }

    @Test
    void whoIsConnectedIsPinnedByTheRulesOfAReload() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(2).start();
                var listener = pooler.door().login()) {
            listener.asks("listen news");

            // when
            pooler.reload(wish -> wish.pool("pin_on", "[listen]"));
            listener.asks("listen news");
            POSTGRES.does("notify news, 'while idle'");

            // then
            assertThat(listener.receives().body()).endsWith("news\0while idle\0");

            // when
            pooler.reload(wish -> wish.pool("pin_on", "[]"));
            listener.asks("select 1");

            // then
            assertThat(listener.asksOne("select count(*) from pg_listening_channels()"))
                    .isEqualTo("0");
        }
    }

    @Test
    void withoutTheSettingAListenerHoldsNoServer() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var listener = pooler.door().login();
                var other = pooler.door().login()) {
            // when
            listener.asks("listen news");

            // then
            assertThat(other.asksOne("select count(*) from pg_listening_channels()"))
                    .isEqualTo("0");
            other.asks("notify news");
            assertThat(other.asks("select 1")).noneMatch(reply -> reply.tag() == 'A');
        }
    }
}
