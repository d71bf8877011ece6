package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.KeyServer;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Psql;
import io.pgdoorman.pooler.script.Signer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Logins with a token in the place of a password, by real drivers over TLS.
class TokenLoginIT {
    @TempDir
    Path folder;

    private final Papers authority = Papers.authority("CN=test authority");
    private final Signer signer = Signer.of("first", "RS256");

    @BeforeEach
    void writePapers() throws IOException {
        authority.write(folder, "ca");
        authority.issues(Claims.of("CN=pooler", "localhost", "127.0.0.1")).write(folder, "server");
        Files.writeString(folder.resolve("jwks.json"), Signer.jwks(signer));
        Files.writeString(folder.resolve("first.pem"), signer.pem());
    }

    private PoolerFixture.Wish wish() {
        return PoolerFixture.wish()
                .serverPasswords()
                .general("tls_certificate", folder.resolve("server.crt").toString())
                .general("tls_private_key", folder.resolve("server.key").toString());
    }

    private PoolerFixture.Wish wishForIssuer(String more) {
        return wish().general("pg_hba", "{content: \"host all all all jwt issuer=idp\"}")
                .table(
                        "token_issuers",
                        "{idp: {keys_file: %s, issuer: 'https://idp', audience: [doorman]%s}}"
                                .formatted(folder.resolve("jwks.json"), more));
    }

    private Map<String, Object> claims(String user) {
        return Signer.claims("preferred_username", user, "iss", "https://idp", "aud", "doorman");
    }

    private static Connection connect(PoolerFixture pooler, String user, String token, String... more)
            throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", token);
        properties.setProperty("sslmode", "require");
        for (int i = 0; i < more.length; i += 2) {
            properties.setProperty(more[i], more[i + 1]);
        }
        return DriverManager.getConnection(pooler.door().jdbcUrl(), properties);
    }

    private static String asks(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static void assertRefused(PoolerFixture pooler, String user, String token, String sqlState) {
        assertThatThrownBy(() -> connect(pooler, user, token).close())
                .isInstanceOfSatisfying(
                        SQLException.class,
                        refused -> assertThat(refused.getSQLState()).isEqualTo(sqlState));
    }

    @Test
    void bothDriversLogInWithATokenAsThePassword() throws SQLException {
        // given
        try (var pooler = wishForIssuer("").start();
                var jdbc = connect(pooler, "app", signer.signs(claims("app")))) {
            // when
            var psql = Psql.of(pooler.door(), "app", signer.signs(claims("app")), "sslmode=require")
                    .run("select current_user");

            // then
            assertThat(asks(jdbc, "select current_user")).isEqualTo("app");
            assertThat(psql.output()).as(psql.toString()).isEqualTo("app");
        }
    }

    @Test
    void tokenOfAnotherUserAnExpiredOneAndAPasswordAreRefused() {
        // given
        var expired = claims("app");
        expired.put("exp", Instant.now().minusSeconds(60).getEpochSecond());
        try (var pooler = wishForIssuer("").start()) {
            // when then
            assertRefused(pooler, "clerk", signer.signs(claims("app")), "28P01");
            assertRefused(pooler, "app", signer.signs(expired), "28P01");
            assertRefused(pooler, "app", "app-secret", "28P01");
            assertRefused(pooler, "app", Signer.of("first", "RS256").signs(claims("app")), "28P01");
            assertRefused(pooler, "nobody", signer.signs(claims("nobody")), "28000");
            var psql = Psql.of(pooler.door(), "app", signer.signs(expired), "sslmode=require")
                    .run("select 1");
            assertThat(psql.errors()).contains("token authentication failed for user \"app\"", "the token expired at");
        }
    }

    @Test
    void genuineTokenOfAnybodyDoesNotOpenTheConsole() {
        // given
        try (var pooler = wishForIssuer("").start()) {
            var url = pooler.door().jdbcUrl().replaceFirst("/[^/]*$", "/pgdoorman");

            // when then
            assertThatThrownBy(() -> DriverManager.getConnection(
                                    url + "?sslmode=require&preferQueryMode=simple", "app", signer.signs(claims("app")))
                            .close())
                    .hasMessageContaining("not the one of the console");
        }
    }

    @Test
    void tokenIsNotAskedForWhereOthersListenUnlessThatIsWished() throws SQLException {
        // given
        var token = signer.signs(claims("app"));
        try (var pooler = wishForIssuer("").start()) {
            // when then
            assertThatThrownBy(() ->
                            connect(pooler, "app", token, "sslmode", "disable").close())
                    .hasMessageContaining("not possible without encryption");
            pooler.reload(wish -> wish.general("cleartext_passwords", "loopback"));
            try (var open = connect(pooler, "app", token, "sslmode", "disable")) {
                assertThat(asks(open, "select 1")).isEqualTo("1");
            }
        }
    }

    @Test
    void keysAreFollowedToTheirFile() throws SQLException, IOException, InterruptedException {
        // given
        var next = Signer.of("second", "ES256");
        try (var pooler = wishForIssuer("").start();
                var before = connect(pooler, "app", signer.signs(claims("app")))) {
            assertRefused(pooler, "app", next.signs(claims("app")), "28P01");

            // when
            Files.writeString(folder.resolve("next.json"), Signer.jwks(next));
            Files.move(folder.resolve("next.json"), folder.resolve("jwks.json"), StandardCopyOption.ATOMIC_MOVE);

            // then
            Eventually.isTrue("new key in use", () -> logsIn(pooler, next.signs(claims("app"))));
            assertThat(metrics(pooler)).contains(metric("token_keys", 1), metric("token_keys_refused", 0));
            Files.writeString(folder.resolve("jwks.json"), "{}");
            Eventually.isTrue("bad keys refused", () -> metrics(pooler).contains(metric("token_keys_refused", 1)));
            assertThat(logsIn(pooler, next.signs(claims("app")))).isTrue();
            assertRefused(pooler, "app", signer.signs(claims("app")), "28P01");
            assertThat(asks(before, "select 1")).isEqualTo("1");
        }
    }

    private String metric(String name, int value) {
        return "pg_doorman_%s{source=\"%s\"} %d".formatted(name, folder.resolve("jwks.json"), value);
    }

    private static String metrics(PoolerFixture pooler) throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var url = URI.create("http://127.0.0.1:" + pooler.webPort() + "/metrics");
            return client.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static boolean logsIn(PoolerFixture pooler, String token) {
        try (var connection = connect(pooler, "app", token)) {
            return connection.isValid(5);
        } catch (SQLException refused) {
            assertThat(refused.getSQLState()).isEqualTo("28P01");
            return false;
        }
    }

    @Test
    void mapLeadsFromTheClaimToTheUser() throws SQLException {
        // given
        var wish = wishForIssuer(", user_claim: email")
                .general("pg_hba", "{content: \"host all all all jwt map=people\"}")
                .general("pg_ident", "{content: \"people /^(.*)@example[.]com$ \\\\1\"}");
        var claims = claims("x");
        claims.put("email", "app@example.com");
        try (var pooler = wish.start();
                var connection = connect(pooler, "app", signer.signs(claims))) {
            // when then
            assertThat(asks(connection, "select current_user")).isEqualTo("app");
            assertRefused(pooler, "clerk", signer.signs(claims), "28P01");
        }
    }

    @Test
    void sessionEndsWithItsTokenAfterTheTransaction() throws SQLException {
        // given
        try (var pooler = wishForIssuer(", ends_sessions: true, leeway: 0").start()) {
            var claims = claims("app");
            claims.put("exp", Instant.now().plusSeconds(5).getEpochSecond());
            try (var connection = connect(pooler, "app", signer.signs(claims))) {
                connection.setAutoCommit(false);
                var over = "select clock_timestamp() > to_timestamp(%s) + interval '1 s'".formatted(claims.get("exp"));

                // when
                Eventually.isTrue("expired", () -> asks(connection, over).equals("t"));
                assertThat(asks(connection, "select 2")).isEqualTo("2");
                connection.commit();

                // then
                assertThatThrownBy(() -> asks(connection, "select 3"))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                ended -> assertThat(ended.getSQLState()).isEqualTo("57P01"));
            }
        }
    }

    @Test
    void pgDoormansFormOfAUserWorksWithAnyRule() throws SQLException {
        // given
        var key = "jwt-pkey-fpath:" + folder.resolve("first.pem");
        for (var rule : List.of("md5", "scram-sha-256", "trust", "password")) {
            var wish = wish().user("robot", key).general("pg_hba", "{content: \"host all all all " + rule + "\"}");
            try (var pooler = wish.start();
                    var connection =
                            connect(pooler, "robot", signer.signs(Signer.claims("preferred_username", "robot")))) {
                // when then
                assertThat(asks(connection, "select current_user")).isEqualTo("app");
                assertRefused(pooler, "robot", signer.signs(Signer.claims("preferred_username", "app")), "28P01");
                assertRefused(pooler, "robot", "app-secret", "28P01");
            }
        }
    }

    @Test
    void talosUserBecomesTheRoleOfItsToken() throws SQLException {
        // given
        var wish = wish().user("read_only", "")
                .table("talos", "{keys: ['%s'], databases: [shop]}".formatted(folder.resolve("first.pem")));
        var claims = Signer.claims("clientId", "nightly-report");
        claims.put("resource_access", Map.of("pg:shop", Map.of("roles", List.of("read_only"))));
        var elsewhere = Signer.claims("clientId", "nightly-report");
        elsewhere.put("resource_access", Map.of("pg:other", Map.of("roles", List.of("owner"))));
        try (var pooler = wish.start()) {
            // when
            var psql = Psql.of(pooler.door(), "talos", signer.signs(claims), "sslmode=require application_name=mine")
                    .run("select current_user || ' ' || current_setting('application_name')");

            // then
            assertThat(psql.output()).as(psql.toString()).isEqualTo("app nightly-report");
            assertRefused(pooler, "talos", signer.signs(elsewhere), "28P01");
            assertRefused(pooler, "read_only", signer.signs(claims), "28P01");
        }
    }

    @Test
    void podLogsInByItsServiceAccountWithoutAnyPassword() throws SQLException, IOException {
        // given
        Files.writeString(folder.resolve("pod-token"), "token-of-the-poolers-pod");
        try (var cluster = KeyServer.https(authority.issues(Claims.of("CN=kube-apiserver", "127.0.0.1")))) {
            cluster.answers(200, Signer.jwks(signer));
            cluster.demands("token-of-the-poolers-pod");
            var wish = wish().general("pg_hba", "{content: \"hostssl all all all jwt issuer=cluster\"}")
                    .table(
                            "token_issuers",
                            ("{cluster: {keys_url: '%s', keys_ca: %s, keys_token_file: %s, audience: [doorman],"
                                + " service_accounts: [{namespace: orders, name: api, user: app, database: shop}]}}")
                                    .formatted(cluster.url(), folder.resolve("ca.crt"), folder.resolve("pod-token")));
            try (var pooler = wish.start();
                    var connection = connect(pooler, "app", podToken("orders", "api"))) {
                // when then
                assertThat(asks(connection, "select current_user")).isEqualTo("app");
                assertRefused(pooler, "clerk", podToken("orders", "api"), "28P01");
                assertRefused(pooler, "app", podToken("billing", "api"), "28P01");
                assertRefused(pooler, "app", podToken("orders", "other"), "28P01");
                var other = Signer.claims("sub", "system:serviceaccount:orders:api", "aud", "kubernetes");
                assertRefused(pooler, "app", signer.signs(other), "28P01");
            }
        }
    }

    private String podToken(String namespace, String name) {
        return signer.signs(Signer.claims("sub", "system:serviceaccount:" + namespace + ":" + name, "aud", "doorman"));
    }

    @Test
    void issuerThatDoesNotAnswerIsSaidToBeAway() {
        // given
        var wish = wish().general("pg_hba", "{content: \"host all all all jwt\"}")
                .table("token_issuers", "{away: {keys_url: 'http://127.0.0.1:1/jwks', audience: [doorman]}}");
        try (var pooler = wish.start()) {
            // when then
            assertRefused(pooler, "app", signer.signs(claims("app")), "58000");
        }
    }

    @Test
    void ruleWithoutAnIssuerAndFaultyKeysStopTheStart() throws IOException {
        // given
        Files.writeString(folder.resolve("broken.pem"), "no key");

        // when then
        assertThatThrownBy(wishForIssuer("").general("pg_hba", "{content: \"host all all all jwt issuer=idb\"}")::start)
                .hasMessageContaining("general.pg_hba: line 1: issuer \"idb\" is not among token_issuers");
        assertThatThrownBy(wish().general("pg_hba", "{content: \"host all all all jwt\"}")::start)
                .hasMessageContaining("line 1: jwt without issuer");
        assertThatThrownBy(wish().user("robot", "jwt-pkey-fpath:" + folder.resolve("broken.pem"))::start)
                .hasMessageContaining("pools.shop.users[robot].password", "broken.pem");
        assertThatThrownBy(wish().user("robot", "jwt-pkey-fpath:" + folder.resolve("missing.pem"))::start)
                .hasMessageContaining("missing.pem does not exist");
    }
}
