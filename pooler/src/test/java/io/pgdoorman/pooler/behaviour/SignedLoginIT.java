package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Signer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Tokens that the pooler signs for its servers. PostgreSQL leaves their check to others, so another pooler stands in
/// its place.
class SignedLoginIT {
    @TempDir
    Path folder;

    private void write(String name, Signer signer) throws IOException {
        Files.writeString(
                folder.resolve(name + ".key"), Papers.pem(signer.keys().getPrivate()));
        Files.writeString(folder.resolve(name + ".pem"), signer.pem());
    }

    private PoolerFixture verifying(String key) {
        return PoolerFixture.wish()
                .general("cleartext_passwords", "loopback")
                .user("signed", "jwt-pkey-fpath:" + folder.resolve(key + ".pem"))
                .start();
    }

    private PoolerFixture.Wish signing(PoolerFixture server, String key) {
        return PoolerFixture.wish()
                .pool("server_port", String.valueOf(server.door().port()))
                .app("server_username", "signed")
                .app("server_password", "\"jwt-priv-key-fpath:" + folder.resolve(key + ".key") + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "ES256"})
    void serverLoginsCarryATokenOfTheKey(String algorithm) throws IOException, SQLException {
        // given
        write("first", Signer.of("first", algorithm));
        try (var server = verifying("first");
                var pooler = signing(server, "first").start()) {
            // when then
            assertThat(pooler.logsIn("app", "app-secret")).isEqualTo("app");
        }
    }

    @Test
    void anotherKeyIsRefusedUntilAReloadBringsTheRightOne() throws IOException, SQLException {
        // given
        write("first", Signer.of("first", "RS256"));
        write("second", Signer.of("second", "RS256"));
        try (var server = verifying("second");
                var pooler = signing(server, "first").start()) {
            assertThatThrownBy(() -> pooler.logsIn("app", "app-secret"))
                    .hasMessageContaining("token authentication failed for user \"signed\"");

            // when
            Files.copy(folder.resolve("second.key"), folder.resolve("first.key"), StandardCopyOption.REPLACE_EXISTING);
            pooler.rereads();

            // then
            assertThat(pooler.logsIn("app", "app-secret")).isEqualTo("app");
        }
    }

    @Test
    void keyThatCannotSignIsAFaultOfTheConfiguration() throws IOException {
        // given
        write("first", Signer.of("first", "EdDSA"));
        try (var server = PoolerFixture.wish().start()) {
            // when then
            assertThatThrownBy(() -> signing(server, "first").start())
                    .hasMessageContaining("server_password")
                    .hasMessageContaining("expected RSA or EC");
            assertThatThrownBy(() -> signing(server, "missing").start()).hasMessageContaining("does not exist");
        }
    }
}
