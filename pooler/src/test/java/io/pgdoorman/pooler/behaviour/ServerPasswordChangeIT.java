package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.behaviour.AskedUsers.query;
import static io.pgdoorman.pooler.behaviour.AskedUsers.role;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A password on PostgreSQL is changed in two places, the role and the configuration, and never at once: servers that
/// are opened in between come in by the one that the configuration had before.
class ServerPasswordChangeIT {
    /// Who the user app is on PostgreSQL, by a server that was opened just now, or the error.
    private static String who(PoolerFixture pooler) {
        pooler.console("reconnect");
        try (var client = pooler.door().connect()) {
            var told = client.logsIn("app", Door.Role.APP.password(), Door.DATABASE, Map.of())
                    .getLast();
            return told.tag() == 'E' ? told.error() : client.asksOne("select current_user");
        }
    }

    private static String formerLogins(PoolerFixture pooler) throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            var uri = URI.create("http://127.0.0.1:" + pooler.webPort() + "/metrics");
            var metric = "pg_doorman_pools_former_password_logins_total{database=\"shop\",user=\"app\"} ";
            return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith(metric))
                    .map(line -> line.substring(metric.length()))
                    .findFirst()
                    .orElse("none");
        }
    }

    private static void alter(String role, String password) {
        EmbeddedPg.shared().does("alter role " + role + " password '" + password + "'");
    }

    private static void configure(PoolerFixture pooler, String password) {
        pooler.reload(wish -> wish.app("server_password", password));
    }

    private static PoolerFixture.Wish as(String role, String password) {
        return PoolerFixture.wish().app("server_username", role).app("server_password", password);
    }

    @Test
    void theConfigurationMayBeFirst() throws Exception {
        // given
        role("swapper", "one", "scram-sha-256");
        try (var pooler = as("swapper", "one").start()) {
            assertThat(who(pooler)).isEqualTo("swapper");

            // when
            configure(pooler, "two");

            // then
            assertThat(who(pooler)).isEqualTo("swapper");
            assertThat(formerLogins(pooler)).isEqualTo("1.0");

            // when
            alter("swapper", "two");

            // then
            assertThat(who(pooler)).isEqualTo("swapper");
            assertThat(formerLogins(pooler)).isEqualTo("1.0");
        }
    }

    @Test
    void anotherReloadInBetweenForgetsNothing() {
        // given
        role("patient", "one", "md5");
        EmbeddedPg.shared().does("grant elders to patient");
        try (var pooler = as("patient", "one").start()) {
            configure(pooler, "two");

            // when
            pooler.reload(wish -> wish.app("pool_mode", "session"));

            // then
            assertThat(who(pooler)).isEqualTo("patient");
        }
    }

    @Test
    void whereNeitherFitsTheNewOneIsToldOf() {
        // given
        role("loser", "one", "scram-sha-256");
        try (var pooler = as("loser", "one").start()) {
            configure(pooler, "two");

            // when
            alter("loser", "three");

            // then
            assertThat(who(pooler))
                    .startsWith("FATAL 08006")
                    .containsOnlyOnce("password authentication failed for user \"loser\" (SQLSTATE 28P01)");
        }
    }

    @Test
    void whatAnotherRoleHadIsNotTried() {
        // given
        role("giver", "one", "scram-sha-256");
        role("taker", "one", "scram-sha-256");
        try (var pooler = as("giver", "one").start()) {
            // when
            pooler.reload(wish -> wish.app("server_username", "taker").app("server_password", "two"));

            // then
            assertThat(who(pooler)).contains("password authentication failed for user \"taker\"");
        }
    }

    @Test
    void whoAsksForUsersComesInByEitherToo() throws Exception {
        // given
        role("mover", "one", "scram-sha-256");
        role("guest");
        EmbeddedPg.shared().does("grant execute on function find_user(text) to mover");
        var query = query("").replace("user: asker, password: asker-secret", "user: mover, password: %s");
        try (var pooler =
                PoolerFixture.wish().pool("auth_query", query.formatted("one")).start()) {
            // when
            pooler.reload(wish -> wish.pool("auth_query", query.formatted("two")));

            // then
            assertThat(pooler.logsIn("guest", "guest-secret")).isEqualTo("guest");

            // when
            alter("mover", "two");
            role("visitor");

            // then
            assertThat(pooler.logsIn("visitor", "visitor-secret")).isEqualTo("visitor");
        }
    }
}
