package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Certificates of clients and of the pooler: whom they let in, and how they change.
class TlsCertificatesIT extends TlsStage {
    private static final String CERT_RULES = "{content: \"hostssl all app all cert map=people\\n"
            + "hostssl all clerk all scram-sha-256 clientcert=verify-full\\n"
            + "hostssl all old all md5 clientcert=verify-ca\"}";

    private PoolerFixture.Wish wishForCertificates() {
        return wish().general("tls_ca_cert", folder.resolve("ca.crt").toString())
                .general("tls_crl", folder.resolve("crl.pem").toString())
                .general("pg_hba", CERT_RULES)
                .general("pg_ident", "{content: \"people /^(.*)@example[.]com$ \\\\1\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void certificatesDecideWhoComesIn(String provider) throws SQLException, IOException {
        // given
        System.setProperty("pooler.tls.provider", provider);
        var now = Instant.now();
        var revoked = authority.issues(Claims.of("CN=clerk"));
        revoked.write(folder, "revoked");
        authority.issues(Claims.of("CN=clerk")).write(folder, "clerk");
        authority.issues(Claims.of("CN=app@example.com")).write(folder, "app");
        authority.issues(Claims.of("CN=app@example.org")).write(folder, "elsewhere");
        authority
                .issues(Claims.of("CN=clerk").valid(now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1))))
                .write(folder, "expired");
        authority
                .issues(Claims.of("CN=clerk").valid(now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(9))))
                .write(folder, "early");
        Papers.authority("CN=stranger").issues(Claims.of("CN=clerk")).write(folder, "foreign");
        Files.writeString(folder.resolve("crl.pem"), authority.revokes(revoked.certificate()));

        try (var pooler = wishForCertificates().serverPasswords().start();
                var byMap = connectWith(pooler, "app", "", "app");
                var byName = connectWith(pooler, "clerk", "clerk-secret", "clerk");
                var byAny = connectWith(pooler, "old", "old-secret", "app")) {
            // when then
            assertThat(asks(byMap, "select 1")).isEqualTo("1");
            assertThat(asks(byName, "select 2")).isEqualTo("2");
            assertThat(asks(byAny, "select 3")).isEqualTo("3");
            assertThatThrownBy(() -> connectWith(pooler, "app", "", "elsewhere"))
                    .hasMessageContaining("certificate authentication failed for user \"app\"");
            assertThatThrownBy(() -> connectWith(pooler, "clerk", "clerk-secret", "app"))
                    .hasMessageContaining("password authentication failed for user \"clerk\"");
            assertThatThrownBy(() -> connectWith(pooler, "clerk", "wrong", "clerk"))
                    .hasMessageContaining("password authentication failed for user \"clerk\"");
            assertThatThrownBy(() -> connect(pooler, "clerk", "clerk-secret"))
                    .hasMessageContaining("connection requires a valid client certificate");
            for (var bad : new String[] {"revoked", "expired", "early", "foreign"}) {
                assertThatThrownBy(() -> connectWith(pooler, "clerk", "clerk-secret", bad))
                        .as(bad)
                        .isInstanceOf(SQLException.class);
            }
        }
    }

    @Test
    void certificateRotatesUnderOpenConnectionsAndABadPairChangesNothing() throws Exception {
        // given: as Kubernetes lays a Secret, behind a link that is swapped
        var first = authority.issues(Claims.of("CN=pooler", "localhost", "127.0.0.1"));
        var second = authority.issues(Claims.of("CN=pooler", "localhost", "127.0.0.1"));
        swap("data1", first, first);
        var data = folder.resolve("data");
        try (var pooler = PoolerFixture.wish()
                        .general("tls_certificate", data.resolve("tls.crt").toString())
                        .general("tls_private_key", data.resolve("tls.key").toString())
                        .start();
                var before = connect(pooler, "app", "app-secret")) {
            assertThat(shown(pooler).getSerialNumber())
                    .isEqualTo(first.certificate().getSerialNumber());

            // when: a certificate with another's key
            swap("data2", second, first);

            // then
            Eventually.isTrue(
                    "the bad pair was seen", () -> certificates(pooler).contains("does not belong to"));
            assertThat(shown(pooler).getSerialNumber())
                    .isEqualTo(first.certificate().getSerialNumber());

            // when
            swap("data3", second, second);

            // then
            Eventually.isTrue(
                    "new certificate is shown",
                    () -> shown(pooler)
                            .getSerialNumber()
                            .equals(second.certificate().getSerialNumber()));
            assertThat(asks(before, "select 1")).isEqualTo("1");
            assertThat(certificates(pooler))
                    .contains(
                            "client|",
                            "CN=pooler",
                            second.certificate().getSerialNumber().toString(16))
                    .endsWith("|null|");
        }
    }

    @Test
    void certificateOfAnybodyDoesNotOpenTheConsole() {
        // given
        authority.issues(Claims.of("CN=app@example.com")).write(folder, "anybody");
        try (var pooler = wishForCertificates().start()) {
            var url = pooler.door().jdbcUrl().replaceFirst("/[^/]*$", "/pgdoorman");

            // when then
            assertThatThrownBy(() -> connectWith(url, "app", "", "anybody").close())
                    .hasMessageContaining("not the one of the console");
        }
    }

    @Test
    void keyOfAnotherCertificateStopsTheStart() {
        // given
        authority.issues(Claims.of("CN=other")).write(folder, "other");
        var wish = wish().general("tls_private_key", folder.resolve("other.key").toString());

        // when then
        assertThatThrownBy(wish::start).hasMessageContaining("does not belong to the certificate");
    }

    /// The console's table.
    private static String certificates(PoolerFixture pooler) throws SQLException {
        var url = pooler.door().jdbcUrl().replaceFirst("/[^/]*$", "/pgdoorman") + "?preferQueryMode=simple";
        var text = new StringBuilder();
        try (var connection = DriverManager.getConnection(url, PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD);
                var statement = connection.createStatement();
                var rows = statement.executeQuery("show certificates")) {
            while (rows.next()) {
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    text.append(rows.getString(i)).append('|');
                }
            }
        }
        return text.toString();
    }

    private void swap(String name, Papers certificate, Papers key) throws IOException {
        var target = Files.createDirectory(folder.resolve(name));
        Files.writeString(target.resolve("tls.crt"), Papers.pem(certificate.certificate()));
        Files.writeString(target.resolve("tls.key"), Papers.pem(key.key()));
        var link = Files.createSymbolicLink(folder.resolve(name + ".link"), target);
        Files.move(link, folder.resolve("data"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /// The certificate that a new connection sees.
    private X509Certificate shown(PoolerFixture pooler) throws IOException, GeneralSecurityException {
        try (var socket = handshake(pooler)) {
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    private Connection connectWith(PoolerFixture pooler, String user, String password, String paper)
            throws SQLException {
        return connectWith(pooler.door().jdbcUrl(), user, password, paper);
    }

    private Connection connectWith(String url, String user, String password, String paper) throws SQLException {
        return connect(
                url,
                user,
                password,
                "sslcert",
                folder.resolve(paper + ".crt").toString(),
                "sslkey",
                folder.resolve(paper + ".key").toString(),
                "pemKeyAlgorithm",
                "EC");
    }
}
