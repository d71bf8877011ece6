package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Doorstep;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PgNode;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.WireTap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// TLS from the pooler to a real PostgreSQL.
class ServerTlsIT {
    private static final Papers AUTHORITY = Papers.authority("CN=database authority");
    private static final Claims USUAL = Claims.of("CN=db", "localhost", "127.0.0.1");
    private static final String SCRAM_UNDER_TLS = "hostssl all,replication all 127.0.0.1/32 scram-sha-256";
    private static final String WAY = "select coalesce(version, 'plain') from pg_stat_ssl where pid = pg_backend_pid()";

    private static PgNode node;

    @TempDir
    static Path folder;

    @BeforeAll
    static void startsPostgres() {
        AUTHORITY.write(folder, "ca");
        node = PgNode.primary();
        for (var role : Door.Role.values()) {
            node.does("alter role " + role.user() + " password '"
                    + EmbeddedPg.shared().verifierOf(role.user()) + "'");
        }
        node.does("alter role app replication");
    }

    @AfterAll
    static void stopsPostgres() {
        node.close();
    }

    @AfterEach
    void forgetProvider() {
        System.clearProperty("pooler.tls.provider");
    }

    private static void postgresShows(Papers certificate, String... rules) {
        node.shows(certificate, AUTHORITY);
        node.rules(rules);
        node.reload();
    }

    private static PoolerFixture.Wish wish(String mode) {
        return PoolerFixture.wish()
                .pool("server_host", "127.0.0.1")
                .pool("server_port", String.valueOf(node.port()))
                .pool("server_tls_mode", mode);
    }

    private static PoolerFixture.Wish verifying(String mode) {
        return wish(mode).pool("server_tls_ca_cert", folder.resolve("ca.crt").toString());
    }

    /// What a client gets to see: the protocol of its server's connection, or an error.
    private static String way(PoolerFixture pooler) {
        return way(pooler, Door.Role.APP);
    }

    private static String way(PoolerFixture pooler, Door.Role role) {
        try (var client = pooler.door().connect()) {
            var told = client.logsIn(role.user(), role.password(), Door.DATABASE, Map.of())
                    .getLast();
            return told.tag() == 'E' ? told.error() : client.asksOne(WAY);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void usersAreLookedUpOverTls(String provider) {
        // given
        System.setProperty("pooler.tls.provider", provider);
        postgresShows(AUTHORITY.issues(USUAL), SCRAM_UNDER_TLS);
        node.does("create role guest login password 'guest-secret'");
        node.does("create role finder login superuser password 'finder-secret'");
        try (var tap = WireTap.before(node.port());
                var pooler = verifying("verify-full")
                        .pool("server_port", String.valueOf(tap.port()))
                        .pool(
                                "auth_query",
                                "{query: 'select usename, passwd from pg_shadow where usename = $1', user: finder,"
                                        + " password: finder-secret}")
                        .start();
                var client = pooler.door().connect()) {
            // when
            client.loggedIn("guest", "guest-secret", Door.DATABASE, Map.of());

            // then
            assertThat(client.asksOne(WAY)).startsWith("TLSv1.");
            assertThat(node.asks("select distinct ssl from pg_stat_ssl natural join pg_stat_activity"
                            + " where usename = 'finder'"))
                    .containsExactly("t");
            assertThat(tap.beginnings()).containsOnly("tls");
        } finally {
            node.does("drop role guest");
            node.does("drop role finder");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void queriesCancelsAndWalsendersRunOverTls(String provider) {
        // given
        System.setProperty("pooler.tls.provider", provider);
        postgresShows(AUTHORITY.issues(USUAL), SCRAM_UNDER_TLS);
        try (var tap = WireTap.before(node.port());
                var pooler = verifying("verify-full")
                        .pool("server_host", "localhost")
                        .pool("server_port", String.valueOf(tap.port()))
                        .start();
                var client = pooler.door().login();
                var walsender = pooler.door().login(Door.Role.APP, Map.of("replication", "database"))) {
            // when
            client.sends(query("select pg_sleep(60)"));
            Eventually.isTrue(
                    "query sleeps",
                    () -> !node.asks("select 1 from pg_stat_activity where wait_event = 'PgSleep'")
                            .isEmpty());
            try (var canceller = pooler.door().connect()) {
                canceller.sends(cancelRequest(client.key()));
                canceller.receivesToEnd();
            }

            // then
            assertThat(client.receivesReady())
                    .anySatisfy(reply -> assertThat(reply.sqlState()).isEqualTo("57014"));
            assertThat(client.asksOne(WAY)).isEqualTo("TLSv1.3");
            assertThat(client.asksOne("select length(repeat('x', 20000000))")).isEqualTo("20000000");
            assertThat(client.asksOne("select repeat('x', 20000000)")).hasSize(20_000_000);
            assertThat(walsender.asksOne("SHOW wal_level")).isEqualTo("replica");
            assertThat(walsender.asksOne(WAY)).isEqualTo("TLSv1.3");
            assertThat(tap.beginnings()).hasSizeGreaterThan(2).containsOnly("tls");
            assertThat(servers(pooler)).isNotEmpty().containsOnly("true");
        }
    }

    @Test
    void serversThatMoveBetweenLoopsKeepTheirTls() {
        // given: clients on all loops, and fewer servers than loops need
        postgresShows(AUTHORITY.issues(USUAL), SCRAM_UNDER_TLS);
        try (var pooler = verifying("verify-full").poolSize(1).start();
                var one = pooler.door().login();
                var two = pooler.door().login();
                var three = pooler.door().login();
                var four = pooler.door().login()) {
            // when then
            for (int i = 0; i < 50; i++) {
                for (var client : List.of(one, two, three, four)) {
                    assertThat(client.asksOne("select " + i)).isEqualTo(String.valueOf(i));
                }
            }
            assertThat(one.asksOne(WAY)).isEqualTo("TLSv1.3");
        }
    }

    @ParameterizedTest
    @CsvSource({
        // where PostgreSQL takes both
        "host, disable, plain",
        "host, allow, plain",
        "host, prefer, TLSv1.3",
        "host, require, TLSv1.3",
        // where it wants TLS
        "hostssl, disable, no pg_hba.conf entry",
        "hostssl, allow, TLSv1.3",
        "hostssl, prefer, TLSv1.3",
        // where it does not want TLS
        "hostnossl, allow, plain",
        "hostnossl, prefer, plain",
        "hostnossl, require, no pg_hba.conf entry",
    })
    void modesDecideAndFallBackAsLibpqDoes(String kind, String mode, String expected) {
        // given
        postgresShows(AUTHORITY.issues(USUAL), kind + " all all 127.0.0.1/32 scram-sha-256");
        try (var pooler = wish(mode).start()) {
            // when then
            assertThat(way(pooler)).contains(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "disable, plain",
        "allow, plain",
        "prefer, plain",
        "require, server does not support TLS but server_tls_mode demands it",
    })
    void withoutTlsInPostgresOnlyThoseWhoDemandItAreLost(String mode, String expected) {
        // given
        node.sets("ssl = off");
        node.rules("host all all 127.0.0.1/32 scram-sha-256");
        node.reload();
        try (var pooler = wish(mode).start()) {
            // when then
            assertThat(way(pooler).replace(",", "")).contains(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void certificatesThatAreNotGoodAreRefusedWithTheReason(String provider) throws IOException {
        // given
        System.setProperty("pooler.tls.provider", provider);
        var now = Instant.now();
        var day = Duration.ofDays(1);
        var revoked = AUTHORITY.issues(USUAL);
        Files.writeString(folder.resolve("crl.pem"), AUTHORITY.revokes(revoked.certificate()));
        var bad = Map.of(
                "its certificate has expired",
                AUTHORITY.issues(USUAL.valid(now.minus(day.multipliedBy(9)), now.minus(day))),
                "its certificate is not valid yet",
                AUTHORITY.issues(USUAL.valid(now.plus(day), now.plus(day.multipliedBy(9)))),
                "its certificate is revoked",
                revoked,
                "(CN=db, issued by CN=stranger) leads to no authority of",
                Papers.authority("CN=stranger").issues(USUAL),
                "(CN=itself, issued by CN=itself) leads to no authority of",
                Papers.authority("CN=itself"));
        bad.forEach((reason, papers) -> {
            postgresShows(papers, SCRAM_UNDER_TLS);

            // when
            try (var verifies = verifying("verify-ca")
                            .pool("server_tls_crl", folder.resolve("crl.pem").toString())
                            .start();
                    var believes = wish("require").start()) {
                // then
                assertThat(way(verifies))
                        .startsWith("FATAL 08006 cannot connect to server 127.0.0.1:")
                        .contains("TLS handshake failed: ")
                        .contains(reason);
                assertThat(way(believes)).isEqualTo("TLSv1.3");
            }
        });
    }

    @Test
    void theNameCountsUnderVerifyFullOnly() {
        // given
        postgresShows(AUTHORITY.issues(Claims.of("CN=localhost", "db.example.com", "*.test")), SCRAM_UNDER_TLS);
        try (var full = verifying("verify-full").start();
                var chain = verifying("verify-ca").start()) {
            // when then
            assertThat(way(full))
                    .contains("its certificate is for db.example.com, *.test, localhost, and not for \"127.0.0.1\"");
            assertThat(way(chain)).isEqualTo("TLSv1.3");
        }
    }

    @Test
    void aSelfSignedCertificateIsItsOwnAuthority() {
        // given
        var itself = Papers.authority("CN=localhost");
        itself.write(folder, "itself");
        postgresShows(itself, SCRAM_UNDER_TLS);
        try (var pooler = wish("verify-full")
                .pool("server_host", "localhost")
                .pool("server_tls_ca_cert", folder.resolve("itself.crt").toString())
                .start()) {
            // when then
            assertThat(way(pooler)).isEqualTo("TLSv1.3");
        }
    }

    /// PostgreSQL compares what we bind to with its own digest of its certificate.
    @ParameterizedTest
    @CsvSource({
        "SHA1withRSA, native",
        "SHA256withRSA, native",
        "SHA384withRSA, native",
        "SHA512withRSA, native",
        "SHA512withRSA, jdk",
        "Ed25519, jdk",
    })
    void scramIsBoundToEveryKindOfCertificate(String algorithm, String provider) {
        // given
        System.setProperty("pooler.tls.provider", provider);
        postgresShows(Papers.signedBy(algorithm, USUAL), SCRAM_UNDER_TLS);
        try (var pooler = wish("require").start()) {
            // when then
            assertThat(way(pooler)).isEqualTo("TLSv1.3");
        }
    }

    @ParameterizedTest
    @CsvSource({"prefer", "require"})
    void bytesBehindTheAnswerAreFatal(String mode) {
        // given: somebody who puts a server's words in front of the handshake
        for (var answer : List.of("SR\0\0\0\10\0\0\0\0", "NR\0\0\0\10\0\0\0\0")) {
            try (var attacker = answering(answer);
                    var pooler = wish(mode)
                            .pool("server_port", String.valueOf(attacker.port()))
                            .start()) {
                // when then
                assertThat(way(pooler)).contains("received unencrypted data after SSL response: 9 bytes");
            }
        }
    }

    @Test
    void whoIsNoPostgresIsToldSo() {
        // given
        try (var stranger = answering("HTTP/1.1 400");
                var pooler = wish("prefer")
                        .pool("server_port", String.valueOf(stranger.port()))
                        .start()) {
            // when then
            assertThat(way(pooler)).contains("cannot connect to server").contains("no PostgreSQL");
        }
    }

    /// A server that answers the first packet of each connection with these bytes.
    private static Doorstep answering(String bytes) {
        return new Doorstep(socket -> {
            try (socket) {
                socket.getInputStream().readNBytes(8);
                socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
                socket.getInputStream().readAllBytes();
            } catch (IOException _) {
                // the pooler hangs up as it should
            }
        });
    }

    /// The column tls of SHOW SERVERS.
    private static List<String> servers(PoolerFixture pooler) {
        return pooler.console("show servers", "tls");
    }
}
