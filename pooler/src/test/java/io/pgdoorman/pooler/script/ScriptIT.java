package io.pgdoorman.pooler.script;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.copyDone;
import static io.pgdoorman.pooler.script.Message.describePortal;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sslRequest;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScriptIT {
    private final Door postgres = EmbeddedPg.shared().door();

    @ParameterizedTest
    @EnumSource(Door.Role.class)
    void everyRoleLogsInToPostgresql(Door.Role role) {
        // when
        try (var client = postgres.login(role)) {
            // then
            assertThat(client.asksOne("select current_user")).isEqualTo(role.user());
            assertThat(client.key()).hasSize(8);
        }
    }

    @Test
    void wrongPasswordIsRefused() {
        // given
        try (var client = postgres.connect()) {
            // when
            var replies = client.logsIn("app", "wrong", Door.DATABASE, Map.of());

            // then
            assertThat(replies)
                    .singleElement()
                    .satisfies(reply -> assertThat(reply.error())
                            .isEqualTo("FATAL 28P01 password authentication failed for user \"app\""));
        }
    }

    @Test
    void scriptsReadAsTheProtocol() {
        // given
        try (var client = postgres.login().byteByByte()) {
            // when
            var replies = client.sends(
                            parse("s", "select $1::text"), bind("s", "x"), describePortal(""), execute(), sync())
                    .receivesReady();

            // then
            assertThat(replies)
                    .extracting(Reply::toString)
                    .satisfiesExactly(
                            parsed -> assertThat(parsed).isEqualTo("ParseComplete"),
                            bound -> assertThat(bound).isEqualTo("BindComplete"),
                            described -> assertThat(described).startsWith("RowDescription(\\00\\01text"),
                            row -> assertThat(row).isEqualTo("DataRow(\\00\\01\\00\\00\\00\\01x)"),
                            done -> assertThat(done).isEqualTo("CommandComplete(SELECT 1\\00)"),
                            ready -> assertThat(ready).isEqualTo("ReadyForQuery(I)"));
        }
    }

    @Test
    void sameScriptGivesTheSameRepliesTwice() {
        // given
        var both = new ToBoth(postgres, postgres);

        // when
        var replies = both.playsByteByByte(client -> {
            client.asks("create temp table t (a int)");
            client.sends(query("copy t from stdin")).receives();
            client.sends(copyData("1\n2\n"), copyDone()).receivesReady();
            client.asks("select count(*) from t");
            client.asks("select 1/0");
        });

        // then
        assertThat(replies)
                .filteredOn(reply -> reply.tag() == 'E')
                .singleElement()
                .satisfies(error -> assertThat(error.sqlState()).isEqualTo("22012"));
    }

    @Test
    void answerToSslRequestIsOneByte() {
        // given
        try (var client = postgres.connect()) {
            // when
            int answer = client.sends(sslRequest()).receivesByte();

            // then
            assertThat(answer).isEqualTo('N');
        }
    }
}
