package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PgNode;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the pooler proves to a real PostgreSQL, by each of its methods, with TLS and without.
class ServerProofIT {
    private static final Papers AUTHORITY = Papers.authority("CN=database authority");

    private static PgNode node;

    @TempDir
    static Path folder;

    @BeforeAll
    static void startsPostgres() {
        AUTHORITY.write(folder, "ca");
        node = PgNode.primary();
        node.shows(AUTHORITY.issues(Claims.of("CN=db", "127.0.0.1")), AUTHORITY);
        for (var role : Door.Role.values()) {
            node.does("alter role " + role.user() + " password '"
                    + EmbeddedPg.shared().verifierOf(role.user()) + "'");
        }
    }

    @AfterAll
    static void stopsPostgres() {
        node.close();
    }

    private static void postgresDemands(String rule) {
        node.rules(rule);
        node.reload();
    }

    private static PoolerFixture.Wish wish(String mode) {
        return PoolerFixture.wish()
                .pool("server_port", String.valueOf(node.port()))
                .pool("server_tls_mode", mode);
    }

    /// Who the client is on PostgreSQL, or the error.
    private static String who(PoolerFixture pooler, Door.Role role) {
        try (var client = pooler.door().connect()) {
            var told = client.logsIn(role.user(), role.password(), Door.DATABASE, Map.of())
                    .getLast();
            return told.tag() == 'E' ? told.error() : client.asksOne("select current_user");
        }
    }

    @ParameterizedTest
    @CsvSource({
        // the rule's method, the password is known, the user, the outcome
        "trust, true, APP, app",
        "trust, false, APP, app",
        "trust, false, OLD, old",
        "password, true, APP, app",
        "password, true, OLD, old",
        "password, false, APP, only a hash of it is known",
        "password, false, OLD, only a hash of it is known",
        "scram-sha-256, true, APP, app",
        "scram-sha-256, false, APP, app",
        "scram-sha-256, false, OLD, server asks for SCRAM",
        // PostgreSQL asks for what it has stored: SCRAM where that is no md5 hash
        "md5, true, OLD, old",
        "md5, false, OLD, old",
        "md5, true, APP, app",
        "md5, false, APP, app",
        "reject, true, APP, pg_hba.conf rejects connection",
    })
    void eachMethodWithTlsAndWithout(String method, boolean knowsPasswords, Door.Role role, String outcome) {
        // given
        postgresDemands("host all all 127.0.0.1/32 " + method);
        for (var mode : new String[] {"disable", "require"}) {
            var wish = wish(mode);
            if (knowsPasswords) {
                wish.serverPasswords();
            }
            try (var pooler = wish.start()) {
                // when then
                assertThat(who(pooler, role)).as(mode).contains(outcome);
                assertThat(who(pooler, role)).as(mode + ", once more").contains(outcome);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void aCertificateProvesTheUser(String provider) {
        // given
        System.setProperty("pooler.tls.provider", provider);
        var now = Instant.now();
        AUTHORITY.issues(Claims.of("CN=app")).write(folder, "app");
        AUTHORITY
                .issues(Claims.of("CN=app").valid(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1))))
                .write(folder, "expired");
        Papers.authority("CN=stranger").issues(Claims.of("CN=app")).write(folder, "foreign");
        postgresDemands("hostssl all all 127.0.0.1/32 cert");
        try (var good = showing("app").start();
                var expired = showing("expired").start();
                var foreign = showing("foreign").start();
                var none = wish("require").start()) {
            // when then
            assertThat(who(good, Door.Role.APP)).isEqualTo("app");
            assertThat(who(good, Door.Role.CLERK))
                    .contains("certificate authentication failed for user \"clerk\" (SQLSTATE 28000)");
            assertThat(who(none, Door.Role.APP)).contains("connection requires a valid client certificate");
            assertThat(who(expired, Door.Role.APP)).contains("TLS failed: ");
            assertThat(who(foreign, Door.Role.APP)).startsWith("FATAL 08006 cannot connect to server");
        } finally {
            System.clearProperty("pooler.tls.provider");
        }
    }

    @Test
    void aCertificateBesideThePasswordIsShownToo() {
        // given
        AUTHORITY.issues(Claims.of("CN=pooler")).write(folder, "pooler");
        postgresDemands("hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca");
        try (var good = showing("pooler").start();
                var none = wish("require").start()) {
            // when then
            assertThat(who(good, Door.Role.APP)).isEqualTo("app");
            assertThat(who(none, Door.Role.APP)).contains("connection requires a valid client certificate");
        }
    }

    /// No mode is written: with a certificate it is require.
    private static PoolerFixture.Wish showing(String paper) {
        return PoolerFixture.wish()
                .pool("server_port", String.valueOf(node.port()))
                .pool("server_tls_certificate", folder.resolve(paper + ".crt").toString())
                .pool("server_tls_private_key", folder.resolve(paper + ".key").toString());
    }
}
