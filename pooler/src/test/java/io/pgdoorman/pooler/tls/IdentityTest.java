package io.pgdoorman.pooler.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Papers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
    private static final Papers.Claims CLAIMS = Papers.Claims.of("CN=pooler", "localhost");

    @TempDir
    Path folder;

    private final Papers authority = Papers.authority("CN=test authority");

    private Identity read() throws TlsException {
        return Identity.read(folder.resolve("server.crt"), folder.resolve("server.key"));
    }

    private void keyOf(Papers other) throws IOException {
        Files.writeString(folder.resolve("server.key"), Papers.pem(other.key()));
    }

    /// As OpenSSL and Go write keys of elliptic curves: the public point is in the file too (RFC 5915 section 3).
    private void keyWithPoint(PrivateKey key, PublicKey point) throws IOException {
        var info = PrivateKeyInfo.getInstance(key.getEncoded());
        var bare = ECPrivateKey.getInstance(info.parsePrivateKey());
        var told = new ECPrivateKey(
                256,
                bare.getKey(),
                SubjectPublicKeyInfo.getInstance(point.getEncoded()).getPublicKeyData(),
                info.getPrivateKeyAlgorithm().getParameters());
        Files.writeString(
                folder.resolve("server.key"), Papers.pem(new PrivateKeyInfo(info.getPrivateKeyAlgorithm(), told)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA256withRSA", "Ed25519"})
    void aKeyBelongsToItsOwnCertificateOnly(String algorithm) throws IOException, TlsException {
        // given
        Papers.signedBy(algorithm, CLAIMS).write(folder, "server");

        // when, then
        assertThat(read().chain()).hasSize(1);

        // when
        keyOf(Papers.signedBy(algorithm, CLAIMS));

        // then
        assertRefused();
    }

    @Test
    void aKeyOfAnotherKindBelongsToNone() throws IOException {
        // given
        authority.issues(CLAIMS).write(folder, "server");

        // when
        keyOf(Papers.signedBy("SHA256withRSA", CLAIMS));

        // then
        assertRefused();
    }

    @Test
    void aKeyWithoutItsPointIsTriedOut() throws IOException, TlsException {
        // given
        authority.issues(CLAIMS).write(folder, "server");

        // when, then
        assertThat(read().chain()).hasSize(1);

        // when
        keyOf(authority.issues(CLAIMS));

        // then
        assertRefused();
    }

    @Test
    void aKeyWithItsPointIsCompared() throws IOException, TlsException {
        // given
        var mine = authority.issues(CLAIMS);
        mine.write(folder, "server");

        // when
        keyWithPoint(mine.key(), mine.certificate().getPublicKey());

        // then
        assertThat(read().chain()).hasSize(1);

        // when
        var other = authority.issues(CLAIMS);
        keyWithPoint(other.key(), other.certificate().getPublicKey());

        // then
        assertRefused();
    }

    private void assertRefused() {
        assertThatThrownBy(this::read)
                .isInstanceOf(TlsException.class)
                .hasMessage("the key of %s does not belong to the certificate of %s"
                        .formatted(folder.resolve("server.key"), folder.resolve("server.crt")));
    }
}
