package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A user whose password is being changed may use both for a while.
class PreviousPasswordIT {
    private static PoolerFixture.Wish both() {
        return PoolerFixture.wish().app("previous_password", "\"worn-out\"");
    }

    private static String refusal(PoolerFixture pooler, String password) {
        try (var client = pooler.door().connect()) {
            return client.logsIn("app", password, Door.DATABASE, Map.of()).stream()
                    .filter(reply -> reply.tag() == 'E')
                    .map(Reply::error)
                    .findFirst()
                    .orElse("");
        }
    }

    private static String counted(PoolerFixture pooler) {
        try (var console = pooler.door()
                .connect()
                .loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of())) {
            return console.asks("show passwords").stream()
                    .filter(reply -> reply.tag() == 'D')
                    .map(reply -> String.join(" ", reply.columns().subList(0, 4)))
                    .findFirst()
                    .orElse("nobody");
        }
    }

    @Test
    void bothLetInTheOldOneIsCountedAndAReloadEndsIt() throws Exception {
        // given
        try (var pooler = both().start()) {
            assertThat(pooler.logsIn("app", "app-secret")).isEqualTo("app");
            assertThat(counted(pooler)).isEqualTo("shop app  0");

            // when
            assertThat(pooler.logsIn("app", "worn-out")).isEqualTo("app");

            // then
            assertThat(counted(pooler)).isEqualTo("shop app  1");
            assertThat(refusal(pooler, "neither"))
                    .isEqualTo("FATAL 28P01 password authentication failed for user \"app\"");

            // when
            pooler.reload(wish -> wish.app("pool_mode", "session"));

            // then
            assertThat(refusal(pooler, "worn-out")).isEmpty();
            assertThat(counted(pooler)).isEqualTo("shop app  2");

            // when
            pooler.reload(wish -> wish.app("previous_password", "\"\""));

            // then
            assertThat(refusal(pooler, "worn-out")).startsWith("FATAL 28P01");
            assertThat(refusal(pooler, "app-secret")).isEmpty();
            assertThat(counted(pooler)).isEqualTo("nobody");
        }
    }

    @Test
    void oldOneHelpsNobodyIntoPostgres() {
        // given
        try (var pooler = both().start()) {
            // when
            var told = refusal(pooler, "worn-out");

            // then
            assertThat(told).startsWith("FATAL 08006").contains("no client has logged in with the password");
        }
    }

    @Test
    void oldOneCountsUntilItsEnd() {
        // given
        try (var pooler = both().app("previous_password_until", "\"2020-01-31T12:00:00Z\"")
                .start()) {
            // when then
            assertThat(refusal(pooler, "worn-out")).startsWith("FATAL 28P01");
            assertThat(refusal(pooler, "app-secret")).isEmpty();
        }
    }

    @Test
    void oldOneInClearLetsInToo() throws Exception {
        // given
        try (var pooler = both().general("cleartext_passwords", "loopback")
                .general("pg_hba", "{content: \"host all all all password\"}")
                .start()) {
            assertThat(pooler.logsIn("app", "app-secret")).isEqualTo("app");

            // when then
            assertThat(pooler.logsIn("app", "worn-out")).isEqualTo("app");
            assertThat(counted(pooler)).isEqualTo("shop app  1");
            assertThat(refusal(pooler, "neither")).startsWith("FATAL 28P01");
        }
    }
}
