package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A client vanishes while PostgreSQL works for it: PostgreSQL does not notice, and the pooler counts the server as
/// long
/// as PostgreSQL does.
class AbandonedQueryIT {
    private static final String HOW_MANY = "select count(*) from pg_stat_activity where usename = current_user";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select pg_sleep(3)",
                "begin; select pg_sleep(3)",
                "do $$ begin raise notice 'begun'; perform pg_sleep(3); end $$",
                "select 'a row'; select pg_sleep(3)"
            })
    void aPoolNeverHasMoreServersThanItsSize(String work) {
        // given
        noServerOfOthersIsLeft();
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var next = pooler.door().login()) {
            var vanishing = pooler.door().login();
            vanishing.sends(query(work));
            Eventually.isTrue("it runs", () -> isRunning("pg_sleep(3)"));

            // when
            vanishing.vanishes();

            // then
            assertThat(next.asksOne(HOW_MANY)).isEqualTo("1");
        }
    }

    @Test
    void halfAMessageHoldsNoServer() {
        // given
        noServerOfOthersIsLeft();
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var next = pooler.door().login()) {
            var vanishing = pooler.door().login();
            vanishing.asks("begin");
            vanishing.sends(Message.raw(new byte[] {'Q', 0, 0, 1, 0, 's', 'e', 'l'}));

            // when
            vanishing.vanishes();

            // then
            assertThat(next.asksOne(HOW_MANY)).isEqualTo("1");
        }
    }

    @Test
    void whatItAskedForIsDone() {
        // given
        var postgres = EmbeddedPg.shared();
        postgres.does("drop table if exists abandoned", "create table abandoned (n int)");
        postgres.does("grant all on abandoned to app");
        try (var pooler = PoolerFixture.wish().poolSize(1).start()) {
            var vanishing = pooler.door().login();
            vanishing.sends(query("insert into abandoned select 1 from pg_sleep(1.5)"));
            Eventually.isTrue("it runs", () -> isRunning("insert into abandoned"));

            // when
            vanishing.vanishes();

            // then
            Eventually.isTrue(
                    "one row",
                    () -> postgres.asks("select n::text from abandoned").size() == 1);
        }
    }

    @Test
    void queryTimeoutEndsItAllTheSame() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("query_timeout", "500ms")
                        .start();
                var next = pooler.door().login()) {
            var vanishing = pooler.door().login();
            vanishing.sends(query("select pg_sleep(600)"));
            Eventually.isTrue("it runs", () -> isRunning("pg_sleep(600)"));

            // when
            vanishing.vanishes();

            // then
            assertThat(next.asksOne("select 'served'")).isEqualTo("served");
            assertThat(isRunning("pg_sleep(600)")).isFalse();
        }
    }

    private static void noServerOfOthersIsLeft() {
        Eventually.isTrue(
                "no servers of other tests",
                () -> EmbeddedPg.shared()
                        .asks("select 1 from pg_stat_activity where usename = 'app'")
                        .isEmpty());
    }

    private static boolean isRunning(String sql) {
        return !EmbeddedPg.shared()
                .asks("select 1 from pg_stat_activity where usename = 'app' and state = 'active' and query like '%"
                        + sql + "%'")
                .isEmpty();
    }
}
