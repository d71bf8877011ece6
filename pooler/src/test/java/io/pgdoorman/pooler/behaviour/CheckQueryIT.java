package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.ToBoth;
import io.pgdoorman.pooler.script.WireClient;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckQueryIT {
    @Test
    void answerIsRecordedOnceAndNeedsNoServerThen() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("pooler_check_query", "\"select 'alive', clock_timestamp()\"")
                        .start();
                var client = pooler.door().login();
                var holder = pooler.door().login()) {
            var first = client.asks("select 'alive', clock_timestamp()");

            // when
            holder.asks("begin");
            var second = client.asks("select 'alive', clock_timestamp()");
            holder.asks("commit");

            // then
            assertThat(second).isEqualTo(first);
            assertThat(client.asks("Select 'alive', clock_timestamp()")).isNotEqualTo(first);
            assertThat(client.asks("begin").getLast().body()).isEqualTo("T");
            var inside = client.asks("select 'alive', clock_timestamp()");
            assertThat(inside.getLast().body()).isEqualTo("T");
            assertThat(inside).isNotEqualTo(first);
            client.asks("commit");
        }
    }

    @Test
    void errorIsNotRecorded() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .poolSize(1)
                        .general("pooler_check_query", "select count(*) from check_table")
                        .start();
                var client = pooler.door().login()) {
            assertThat(client.asks("select count(*) from check_table")
                            .getFirst()
                            .sqlState())
                    .isEqualTo("42P01");

            // when
            EmbeddedPg.shared().does("create table check_table as select 1; grant all on check_table to public");

            // then
            assertThat(client.asksOne("select count(*) from check_table")).isEqualTo("1");
            EmbeddedPg.shared().does("drop table check_table");
            assertThat(client.asksOne("select count(*) from check_table")).isEqualTo("1");
        }
    }

    @Test
    void emptyQueriesAreAnsweredAsByPostgresql() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var holder = pooler.door().login()) {
            var both = new ToBoth(EmbeddedPg.shared().door(), pooler.door());
            both.plays(CheckQueryIT::asksNothing);

            // when
            holder.asks("begin");

            // then
            both.plays(client -> {
                client.asks(";");
                client.asks("");
                client.sends(query(""), query(";"), query("")).receivesReady(3);
            });
        }
    }

    @Test
    void answerWithOthersBehindItIsNotTakenForIt() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var client = pooler.door().login()) {
            // when
            client.sends(query(";"), query("select 1")).receivesReady(2);

            // then
            List<Reply> replies = client.asks(";");
            assertThat(replies).extracting(Reply::tag).containsExactly('I', 'Z');
            assertThat(client.asks(";")).isEqualTo(replies);
        }
    }

    private static void asksNothing(WireClient client) {
        client.asks(";");
        client.asks(";");
        client.asks("");
        client.asks(" ");
        client.asks(";;");
        client.asks("begin");
        client.asks(";");
        client.asks("select 1/0");
        client.asks(";");
        client.asks("rollback");
        client.asks(";");
    }
}
