package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.HeardLog;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.ToBoth;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What a client asks for in its startup packet, who may overrule it, and how it comes back to it.
class ClientParametersIT {
    private static final Map<String, String> ASKED =
            Map.of("timezone", "Asia/Tokyo", "work_mem", "7MB", "search_path", "a, b");

    @Test
    void operatorsParametersWin() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .general("startup_parameters", "{work_mem: 9MB}")
                        .start();
                var client = pooler.door().login(Door.Role.APP, ASKED)) {
            // when then
            assertThat(client.asksOne("show work_mem")).isEqualTo("9MB");
            assertThat(client.asksOne("show timezone")).isEqualTo("Asia/Tokyo");
            client.asks("discard all");
            assertThat(client.asksOne("show work_mem")).isEqualTo("9MB");
        }
    }

    @Test
    void changesAreLoggedWhereThePoolSaysSo() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .pool("log_client_parameter_status_changes", "true")
                        .start();
                var client = pooler.door().login();
                var log = HeardLog.of("io.pgdoorman.pooler.client.ClientLog", Level.INFO)) {
            // when
            client.asks("set timezone to 'Asia/Tokyo'");

            // then
            assertThat(log.lines()).anyMatch(line -> line.contains("reason=TimeZone is now Asia/Tokyo"));

            // when
            pooler.reload(wish -> wish.pool("log_client_parameter_status_changes", "false"));
            client.asks("set timezone to 'Europe/Oslo'");

            // then
            assertThat(log.lines()).noneMatch(line -> line.contains("Europe/Oslo"));
        }
    }

    @Test
    void refusedParametersCostNoServer() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var client = pooler.door().login()) {
            var pid = client.asksOne("select pg_backend_pid()");

            // when
            for (var value : new String[] {"nonsense", "1kB"}) {
                try (var refused = pooler.door().connect()) {
                    var replies = refused.logsIn("app", "app-secret", Door.DATABASE, Map.of("work_mem", value));
                    assertThat(replies.getLast().error())
                            .startsWith("FATAL 22023 ")
                            .contains("\"work_mem\"");
                }
            }

            // then
            assertThat(client.asksOne("select pg_backend_pid()")).isEqualTo(pid);
            assertThat(client.asksOne("show work_mem")).isEqualTo("4MB");
        }
    }

    /// In session mode names are not mapped, so that what is executed is known of the unnamed statement only.
    @Test
    void resetByTheExtendedProtocolComesBackToWhatWasAsked() {
        for (boolean session : new boolean[] {false, true}) {
            var wish = PoolerFixture.wish().poolSize(1);
            try (var pooler = (session ? wish.sessionMode() : wish).start()) {
                // when then
                new ToBoth(EmbeddedPg.shared().door(), pooler.door()).playsOnStage(stage -> {
                    var client = stage.login(Door.Role.APP, ASKED);
                    for (var reset : new String[] {"reset work_mem", "reset all", "set work_mem to default"}) {
                        client.asks("begin");
                        client.asks("set local work_mem to '9MB'");
                        client.sends(parse("", reset), bind(""), execute(), sync())
                                .receivesReady();
                        client.asks("show work_mem");
                        client.asks("show search_path");
                        client.asks("commit");
                        client.asks("show work_mem");
                    }
                });
            }
        }
    }

    @Test
    void resetThatIsRolledBackChangesNothing() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(1).start()) {
            // when then
            new ToBoth(EmbeddedPg.shared().door(), pooler.door()).playsOnStage(stage -> {
                var client = stage.login(Door.Role.APP, ASKED);
                client.asks("set timezone to 'Europe/Oslo'");
                client.asks("begin");
                client.asks("reset timezone");
                client.asks("show timezone");
                client.asks("rollback");
                client.asks("show timezone");
                client.asks("reset timezone; select 1/0");
                client.asks("show timezone");
                client.asks("reset timezone");
                client.asks("show timezone");
            });
        }
    }

    @Test
    void clientThatCameWhileAllServersWereBusyIsToldPostgresqlsSpellingWithItsFirstAnswer() {
        // given
        try (var pooler = PoolerFixture.wish().poolSize(1).start();
                var holder = pooler.door().login()) {
            holder.asks("begin");
            try (var client =
                    pooler.door().login(Door.Role.APP, Map.of("client_encoding", "utf8", "datestyle", "dmy"))) {
                holder.asks("commit");

                assertThat(client.transcript()).anyMatch(reply -> reply.body().equals("client_encoding\0UTF8\0"));

                // when
                var replies = client.asks("select 1");

                // then
                assertThat(replies)
                        .filteredOn(reply -> reply.tag() == 'S')
                        .extracting(Reply::body)
                        .containsExactly("DateStyle\0ISO, DMY\0");
                assertThat(client.asks("select 1")).extracting(Reply::tag).containsExactly('T', 'D', 'C', 'Z');
            }
        }
    }
}
