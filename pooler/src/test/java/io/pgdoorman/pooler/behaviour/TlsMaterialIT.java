package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.TrustsAnybody;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whose certificates count, and which ciphers, is changed while the pooler runs.
class TlsMaterialIT {
    @TempDir
    Path folder;

    private final Papers authority = Papers.authority("CN=test authority");
    private final Papers successor = Papers.authority("CN=next authority");

    @BeforeEach
    void writePapers() throws IOException {
        authority.issues(Claims.of("CN=pooler", "localhost", "127.0.0.1")).write(folder, "server");
        authority.write(folder, "ca");
    }

    @AfterEach
    void forgetProvider() {
        System.clearProperty("pooler.tls.provider");
    }

    private PoolerFixture.Wish wish() {
        return PoolerFixture.wish()
                .general("tls_certificate", folder.resolve("server.crt").toString())
                .general("tls_private_key", folder.resolve("server.key").toString());
    }

    /// Whether the certificate lets the user `app` in without a password.
    private boolean isLetIn(PoolerFixture pooler, String paper) {
        var properties = new Properties();
        properties.setProperty("user", "app");
        properties.setProperty("sslmode", "require");
        properties.setProperty("sslcert", folder.resolve(paper + ".crt").toString());
        properties.setProperty("sslkey", folder.resolve(paper + ".key").toString());
        properties.setProperty("pemKeyAlgorithm", "EC");
        try {
            DriverManager.getConnection(pooler.door().jdbcUrl(), properties).close();
            return true;
        } catch (SQLException _) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void authoritiesAndRevocationsAreFollowedToTheirFiles(String provider) throws IOException {
        // given
        System.setProperty("pooler.tls.provider", provider);
        var mine = authority.issues(Claims.of("CN=app"));
        mine.write(folder, "mine");
        successor.issues(Claims.of("CN=app")).write(folder, "next");
        var crl = folder.resolve("crl.pem");
        Files.writeString(crl, authority.revokes());
        try (var pooler = wish().serverPasswords()
                .general("tls_ca_cert", folder.resolve("ca.crt").toString())
                .general("tls_crl", crl.toString())
                .general("pg_hba", "{content: \"host pgdoorman admin all scram-sha-256\\nhostssl all all all cert\"}")
                .start()) {
            assertThat(isLetIn(pooler, "mine")).isTrue();
            assertThat(isLetIn(pooler, "next")).isFalse();

            // when: both authorities count for a while
            Files.writeString(crl, authority.revokes() + successor.revokes());
            Files.writeString(
                    folder.resolve("ca.crt"),
                    Papers.pem(authority.certificate()) + Papers.pem(successor.certificate()));

            // then
            Eventually.isTrue("the next authority counts", () -> isLetIn(pooler, "next"));
            assertThat(isLetIn(pooler, "mine")).isTrue();

            // when
            Files.writeString(crl, authority.revokes(mine.certificate()) + successor.revokes());

            // then
            Eventually.isTrue("what is revoked is refused", () -> !isLetIn(pooler, "mine"));
            assertThat(isLetIn(pooler, "next")).isTrue();

            // when: no certificate at all
            Files.writeString(folder.resolve("ca.crt"), "nonsense");

            // then
            Eventually.isTrue(
                    "the fault is told",
                    () -> pooler.console("show certificates", "fault").stream()
                            .anyMatch(fault -> fault != null && !fault.isEmpty()));
            assertThat(isLetIn(pooler, "next")).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jdk"})
    void onlyTheCiphersThatAreSetAreSpoken(String provider) throws IOException, GeneralSecurityException {
        // given
        System.setProperty("pooler.tls.provider", provider);
        try (var pooler = wish().general("tls_ciphers", "[TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]")
                .start()) {
            // when
            try (var right = handshake(pooler, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
                    var wrong = handshake(pooler, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")) {
                right.startHandshake();

                // then
                assertThat(right.getSession().getCipherSuite()).isEqualTo("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
                assertThatThrownBy(wrong::startHandshake).isInstanceOf(IOException.class);
            }
        }
    }

    /// TLS 1.2, where a suite names all of its parts.
    private static SSLSocket handshake(PoolerFixture pooler, String cipher)
            throws IOException, GeneralSecurityException {
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsAnybody()}, null);
        var socket = (SSLSocket) context.getSocketFactory()
                .createSocket(pooler.door().host(), pooler.door().port());
        socket.setSoTimeout(30_000);
        var parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.2"});
        parameters.setCipherSuites(new String[] {cipher});
        parameters.setApplicationProtocols(new String[] {"postgresql"});
        socket.setSSLParameters(parameters);
        return socket;
    }
}
