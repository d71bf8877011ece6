package io.pgdoorman.pooler.tls;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is revoked where between a certificate and its authority.
class AuthoritiesTest {
    @TempDir
    private Path folder;

    private final Papers root = Papers.authority("CN=root");
    private final Papers middle = root.appoints("CN=middle");
    private final X509Certificate leaf = middle.issues(Claims.of("CN=leaf")).certificate();

    @BeforeEach
    void write() {
        root.write(folder, "ca");
    }

    private void check(String... lists) throws IOException, TlsException, CertificateException {
        Files.writeString(folder.resolve("crl"), String.join("", lists));
        var authorities = Authorities.read(folder.resolve("ca.crt"), folder.resolve("crl"));
        var chain = new X509Certificate[] {leaf, middle.certificate()};
        PeerTrust.of(authorities, folder.resolve("ca.crt")).checkServerTrusted(chain, "ECDHE_ECDSA");
        for (var manager : authorities.trust().getTrustManagers()) {
            ((X509TrustManager) manager).checkClientTrusted(chain, "ECDHE_ECDSA");
        }
    }

    @Test
    void chainOfWhichNothingIsRevokedIsBelieved() {
        assertThatCode(() -> check(root.revokes(), middle.revokes())).doesNotThrowAnyException();
    }

    @Test
    void revokedCertificateIsNot() {
        assertThatThrownBy(() -> check(root.revokes(), middle.revokes(leaf))).hasMessage("its certificate is revoked");
    }

    @Test
    void nothingOfARevokedAuthorityIs() {
        assertThatThrownBy(() -> check(root.revokes(middle.certificate()), middle.revokes()))
                .hasMessage("a certificate on the way to its authority is revoked");
    }

    @Test
    void everyAuthorityOnTheWayNeedsAList() {
        assertThatThrownBy(() -> check(root.revokes()))
                .hasMessageContaining("whether its certificate is revoked cannot be told");
        assertThatThrownBy(() -> check(middle.revokes()))
                .hasMessageContaining("whether its certificate is revoked cannot be told");
    }
}
