package io.pgdoorman.pooler.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.HeardLog;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nothing secret stands in the log, whatever its level: no password, verifier or token, and no text or value of a
/// query.
class RedactionIT {
    private static final String USERS_PASSWORD = "hidden-password-of-a-user";
    private static final String WRONG_PASSWORD = "hidden-password-that-is-wrong";
    private static final String ADMIN_PASSWORD = "hidden-password-of-the-admin";
    private static final String TOKEN = "hidden-token-of-metrics";
    private static final String TEXT = "hidden_text_of_a_query";
    private static final String VALUE = "hidden-value-of-a-parameter";
    private static final List<String> SECRETS =
            List.of(USERS_PASSWORD, WRONG_PASSWORD, ADMIN_PASSWORD, TOKEN, TEXT, VALUE, Door.Role.APP.password());

    @TempDir
    private Path folder;

    private Path write(String more) throws Exception {
        return Files.writeString(folder.resolve("pooler.yaml"), """
            general:
              host: 127.0.0.1
              port: 0
              admin_password: %s
              log_slow_query: 1ms
              log_slow_checkout: 1ms
              audit_successful_logins: true
            %s
            web: {enabled: true, host: 127.0.0.1, port: 0, metrics_token: %s}
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                users:
                  - {username: app, password: %s, pool_size: 2, server_username: app, server_password: "%s"}
                  - {username: lost, password: %s, pool_size: 2, server_username: app, server_password: %s}
            """.formatted(
                        ADMIN_PASSWORD,
                        more,
                        TOKEN,
                        Door.DATABASE,
                        EmbeddedPg.shared().door().port(),
                        USERS_PASSWORD,
                        Door.Role.APP.password(),
                        USERS_PASSWORD,
                        WRONG_PASSWORD));
    }

    @Test
    void theLogHoldsNoSecretAtAnyLevel() throws Exception {
        // given
        try (var all = HeardLog.of("io.pgdoorman", Level.TRACE);
                var audit = HeardLog.of("audit", Level.TRACE);
                var slow = HeardLog.of("slow", Level.TRACE);
                var pooler = Pooler.start(write(""))) {
            // when
            works(pooler);
            assertThatThrownBy(() -> login(pooler, "app", WRONG_PASSWORD)).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> login(pooler, "lost", USERS_PASSWORD)).isInstanceOf(SQLException.class);
            asks(pooler, "Bearer " + WRONG_PASSWORD);
            asks(pooler, "Basic " + Base64.getEncoder().encodeToString(("admin:" + WRONG_PASSWORD).getBytes(UTF_8)));
            asks(pooler, "Bearer " + TOKEN);
            write("  max_connections: -1");
            pooler.reload(null, null);
            write("  max_connections: 77");
            pooler.reload(null, null);
            pooler.drain();

            // then
            assertThat(slow.lines()).anyMatch(line -> line.startsWith("slow query"));
            assertThat(audit.lines()).isNotEmpty();
            assertThat(all.lines()).hasSizeGreaterThan(5);
            for (var heard : List.of(all, audit, slow)) {
                assertThat(heard.lines()).allSatisfy(line -> assertThat(line).doesNotContain(SECRETS));
            }
        }
    }

    private static void login(Pooler pooler, String user, String password) throws SQLException {
        DriverManager.getConnection(new Door("pooler", "127.0.0.1", pooler.port()).jdbcUrl(), user, password)
                .close();
    }

    private static void works(Pooler pooler) throws SQLException {
        try (var connection = DriverManager.getConnection(
                        new Door("pooler", "127.0.0.1", pooler.port()).jdbcUrl(), "app", USERS_PASSWORD);
                var statement = connection.prepareStatement("select pg_sleep(0.01), ?::text as " + TEXT)) {
            statement.setString(1, VALUE);
            assertThat(statement.executeQuery().next()).isTrue();
            assertThatThrownBy(() -> connection
                            .createStatement()
                            .execute("select " + TEXT + " from nowhere where x = '" + VALUE + "'"))
                    .isInstanceOf(SQLException.class);
        }
    }

    private static void asks(Pooler pooler, String authorization) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var uri = URI.create("http://127.0.0.1:" + pooler.webPort() + "/metrics");
            var request = HttpRequest.newBuilder(uri).header("Authorization", authorization);
            assertThat(client.send(request.build(), BodyHandlers.ofString()).statusCode())
                    .isIn(200, 401, 429);
        }
    }
}
