package io.pgdoorman.pooler.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pgdoorman.pooler.script.PoolerFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The method pam with the real libpam and a service of this test's own; needs root, which may write services.
class PamIT {
    private static final Path SERVICES = Path.of("/etc/pam.d");
    private static final String SERVICE =
            "doorman-test-" + ProcessHandle.current().pid();

    @TempDir
    Path folder;

    @BeforeEach
    void writeService() throws IOException {
        assumeTrue(Files.isWritable(SERVICES), "needs root and PAM");
        var password = script("password", """
            #!/bin/sh
            # PAM ends the password with a NUL, which the shell leaves out
            given=$(cat | tr -d '\\000')
            echo "$PAM_TYPE $PAM_USER $PAM_SERVICE $PAM_RHOST" >>%s/asked
            [ "$PAM_USER" = app ] && [ "$given" = 'of the machine' ] && exit 0
            [ "$PAM_USER" = clerk ] && [ "$given" = 'of the machine' ] && exit 0
            exit 1
            """.formatted(folder));
        var account = script("account", """
            #!/bin/sh
            echo "$PAM_TYPE $PAM_USER $PAM_SERVICE $PAM_RHOST" >>%s/asked
            [ "$PAM_USER" != clerk ]
            """.formatted(folder));
        Files.writeString(SERVICES.resolve(SERVICE), """
            auth required pam_exec.so expose_authtok quiet %s
            account required pam_exec.so quiet %s
            """.formatted(password, account));
    }

    private Path script(String name, String text) throws IOException {
        var file = Files.writeString(folder.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return file;
    }

    @AfterEach
    void deleteService() throws IOException {
        Files.deleteIfExists(SERVICES.resolve(SERVICE));
    }

    private static PoolerFixture.Wish wish(String rule) {
        return PoolerFixture.wish()
                .serverPasswords()
                .general("cleartext_passwords", "loopback")
                .general("pg_hba", "{content: \"host all all all " + rule + "\"}");
    }

    private static void assertRefused(PoolerFixture pooler, String user, String password) {
        assertThatThrownBy(() -> pooler.logsIn(user, password))
                .isInstanceOfSatisfying(
                        SQLException.class,
                        refused -> assertThat(refused.getSQLState()).isEqualTo("28000"))
                .hasMessageContaining("PAM authentication failed for user \"" + user + "\"");
    }

    @Test
    void passwordOfTheMachineLetsInAndItsAccountIsAsked() throws SQLException, IOException {
        // given
        try (var pooler = wish("pam pamservice=" + SERVICE).start()) {
            // when then
            assertThat(pooler.logsIn("app", "of the machine")).isEqualTo("app");
            assertRefused(pooler, "app", "app-secret");
            assertRefused(pooler, "clerk", "of the machine");
            assertRefused(pooler, "nobody", "of the machine");
            assertRefused(pooler, "a'; touch x; '", "of the machine");
        }
        assertThat(Files.readString(folder.resolve("asked")))
                .contains("auth app " + SERVICE + " 127.0.0.1\naccount app " + SERVICE + " 127.0.0.1\n")
                .contains("account clerk ");
    }

    @Test
    void hostNameIsToldWhereThatIsWished() throws SQLException, IOException {
        // given
        try (var pooler = wish("pam pam_use_hostname=1 pamservice=" + SERVICE).start()) {
            // when
            pooler.logsIn("app", "of the machine");
        }

        // then
        assertThat(Files.readString(folder.resolve("asked"))).contains("auth app " + SERVICE + " localhost\n");
    }

    @Test
    void userOfPgDoormansKeyIsAskedByAnyRule() throws SQLException {
        // given
        try (var pooler = wish("md5").app("auth_pam_service", SERVICE).start()) {
            // when then
            assertThat(pooler.logsIn("app", "of the machine")).isEqualTo("app");
            assertRefused(pooler, "app", "app-secret");
            assertThat(pooler.logsIn("clerk", "clerk-secret")).isEqualTo("clerk");
        }
    }

    @Test
    void serviceThatIsNotThereRefuses() {
        // given
        try (var pooler = wish("pam pamservice=doorman-is-not-there").start()) {
            // when then
            assertRefused(pooler, "app", "of the machine");
        }
    }

    @Test
    void modulesThatHangDoNotHoldUpThoseWhoAreIn() throws Exception {
        // given
        var gate = folder.resolve("gate");
        var slow = script("slow", """
            #!/bin/sh
            while [ ! -e %s ]; do sleep 0.1; done
            exit 0
            """.formatted(gate));
        Files.writeString(SERVICES.resolve(SERVICE), """
            auth required pam_exec.so quiet %s
            account required pam_permit.so
            """.formatted(slow));
        var rules = "{content: \"host all app all pam pamservice=" + SERVICE + "\\nhost all all all md5\"}";
        try (var pooler = wish("reject").general("pg_hba", rules).start();
                var others = Executors.newVirtualThreadPerTaskExecutor()) {
            var logins = new ArrayList<Future<String>>();
            for (int i = 0; i < 40; i++) {
                Callable<String> login = () -> pooler.logsIn("app", "x");
                logins.add(others.submit(login));
            }

            // when
            for (int i = 0; i < 20; i++) {
                assertThat(pooler.logsIn("clerk", "clerk-secret")).isEqualTo("clerk");
            }
            assertThat(logins).noneMatch(Future::isDone);

            // then
            Files.createFile(gate);
            for (var login : logins) {
                assertThat(login.get(Duration.ofSeconds(60).toMillis(), TimeUnit.MILLISECONDS))
                        .isEqualTo("app");
            }
        }
    }
}
