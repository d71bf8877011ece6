package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.ToBoth;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class SessionModeIT {
    private static final PoolerFixture POOLER =
            PoolerFixture.wish().sessionMode().poolSize(2).start();
    private static final ToBoth BOTH = new ToBoth(EmbeddedPg.shared().door(), POOLER.door());

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    @Test
    void sessionKeepsItsStateBetweenTransactions() {
        // when
        var replies = BOTH.plays(client -> {
            client.asks("set work_mem to '5MB'");
            client.asks("create temp table mine (a text)");
            client.asks("insert into mine values ('kept')");
            client.asks("prepare p as select 'prepared'");
            client.asks("declare c cursor with hold for select generate_series(1, 3)");
            client.asks("select count(*) from mine");
            client.asks("execute p");
            client.sends(bind("p"), execute(), sync()).receivesReady();
            client.asks("fetch all from c");
            client.asks("show work_mem");
            client.asks("discard all");
            client.asks("show work_mem");
            client.asks("execute p");
        });

        // then
        assertThat(replies).filteredOn(reply -> reply.tag() == 'E').hasSize(1);
    }

    @Test
    void notificationsReachTheListenerThatIsIdle() {
        // when
        var replies = BOTH.playsOnStage(stage -> {
            var listener = stage.login();
            var speaker = stage.login();
            listener.asks("listen news");
            listener.asks("notify news, 'own'");
            speaker.asks("notify news, 'from another'");
            listener.receivesUntil('A');
        });

        // then
        assertThat(replies.getFirst())
                .filteredOn(reply -> reply.tag() == 'A')
                .extracting(Reply::body)
                .containsExactly("pid.news\0own\0", "pid.news\0from another\0");
    }

    @Test
    void nextSessionStartsClean() {
        // given
        try (var one = PoolerFixture.wish().sessionMode().poolSize(1).start()) {
            try (var first = one.door().login()) {
                first.asks("set work_mem to '5MB'");
                first.asks("create temp table mine (a text)");
                first.asks("begin");
            }

            // when
            try (var second = one.door().login()) {
                // then
                assertThat(second.asksOne("show work_mem")).isNotEqualTo("5MB");
                assertThat(second.asks("select * from mine").getFirst().sqlState())
                        .isEqualTo("42P01");
            }
        }
    }
}
