package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HbaIT {
    @Test
    void firstFittingRuleDecidesWhoComesIn() {
        // given
        try (var pooler = PoolerFixture.wish().general("pg_hba", """
            {content: "host all clerk all reject\\nhost shop app 127.0.0.1/32 scram-sha-256\\nhost all app all trust\\nhost shop old all scram-sha-256"}\
            """).start()) {
            // when then
            assertThat(pooler.door().login().asksOne("select 1")).isEqualTo("1");
            assertThat(errors(pooler.door(), "clerk", "clerk-secret"))
                    .containsExactly("FATAL 28000 pg_hba.conf rejects connection for host \"127.0.0.1\","
                            + " user \"clerk\", database \"shop\", no encryption");
            assertThat(errors(pooler.door(), "stranger", "x"))
                    .containsExactly("FATAL 28000 no pg_hba.conf entry for host \"127.0.0.1\","
                            + " user \"stranger\", database \"shop\", no encryption");
            assertThat(errors(pooler.door(), "old", "old-secret"))
                    .containsExactly("FATAL 28P01 password authentication failed for user \"old\"");
        }
    }

    @Test
    void aReloadEndsThoseWhomTheRulesRefuseWhenItIsToldTo() {
        // given
        try (var pooler = PoolerFixture.wish()
                        .general("pg_hba", "{content: host all all all scram-sha-256}")
                        .start();
                var clerk = pooler.door().login(Door.Role.CLERK);
                var app = pooler.door().login(Door.Role.APP)) {
            clerk.asks("begin; select 1");
            var rules = "{content: \"host all clerk all reject\\nhost all all all scram-sha-256\"}";

            // when
            pooler.reload(wish -> wish.general("pg_hba", rules));

            // then
            assertThat(clerk.asksOne("select 1")).isEqualTo("1");

            // when
            pooler.reload(wish -> wish.general("pg_hba", rules).general("reload_kick_clients", "true"));

            // then
            assertThat(clerk.asksOne("select 2")).isEqualTo("2");
            clerk.sends(query("commit"));
            assertThat(clerk.receivesToEnd().getLast().sqlState()).isEqualTo("28000");
            assertThat(app.asksOne("select 1")).isEqualTo("1");
        }
    }

    @Test
    void unreadableRulesStopTheStart() {
        // given
        var wish = PoolerFixture.wish()
                .general("pg_hba", "{content: \"host all all all md5\\nhost all all db.example.com/8 md5\"}");

        // when then
        assertThatThrownBy(wish::start).hasMessageContaining("db.example.com");
    }

    private static List<String> errors(Door door, String user, String password) {
        try (var client = door.connect()) {
            return client.logsIn(user, password, Door.DATABASE, Map.of()).stream()
                    .filter(reply -> reply.tag() == 'E')
                    .map(Reply::error)
                    .toList();
        }
    }
}
