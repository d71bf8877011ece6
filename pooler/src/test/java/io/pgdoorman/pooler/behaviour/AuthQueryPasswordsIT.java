package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.behaviour.AskedUsers.asking;
import static io.pgdoorman.pooler.behaviour.AskedUsers.login;
import static io.pgdoorman.pooler.behaviour.AskedUsers.refusal;
import static io.pgdoorman.pooler.behaviour.AskedUsers.role;
import static io.pgdoorman.pooler.script.Message.startup;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The passwords of users who stand in no list: PostgreSQL's verifiers of all kinds, and how soon a change is heard of.
class AuthQueryPasswordsIT {
    @Test
    void md5HashLogsInToo() throws Exception {
        // given
        role("elder", "elder-secret", "md5");
        EmbeddedPg.shared().does("grant elders to elder");
        try (var pooler = asking("")
                .general("pg_hba", "{content: \"host all all all md5\"}")
                .start()) {
            // when then
            assertThat(pooler.logsIn("elder", "elder-secret")).isEqualTo("elder");
        }
    }

    @Test
    void newMd5PasswordLetsInAtOnceAndTheOldOneNoMore() throws Exception {
        // given
        role("changer", "before", "md5");
        EmbeddedPg.shared().does("grant elders to changer");
        try (var pooler = asking("")
                .general("pg_hba", "{content: \"host all all all md5\"}")
                .start()) {
            assertThat(pooler.logsIn("changer", "before")).isEqualTo("changer");

            // when
            EmbeddedPg.shared().does("set password_encryption = 'md5'; alter role changer password 'after'");

            // then
            assertThat(pooler.logsIn("changer", "after")).isEqualTo("changer");
            assertThat(refusal(pooler.door(), "changer", "before")).startsWith("FATAL 28P01");
        }
    }

    @Test
    void newScramPasswordLetsInAtOnceAndTheOldOneNoMore() throws Exception {
        // given
        role("rosa");
        try (var pooler = asking("").start()) {
            assertThat(pooler.logsIn("rosa", "rosa-secret")).isEqualTo("rosa");

            // when
            EmbeddedPg.shared().does("alter role rosa password 'after'");

            // then
            assertThat(pooler.logsIn("rosa", "after")).isEqualTo("rosa");
            assertThat(refusal(pooler.door(), "rosa", "rosa-secret")).startsWith("FATAL 28P01");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scram-sha-256", "md5", "password"})
    void oldPasswordAndRoleThatIsGoneAreRefusedAtOnce(String method) {
        // given
        var name = "gone_" + method.substring(0, 2);
        role(name, "before", method.equals("md5") ? "md5" : "scram-sha-256");
        EmbeddedPg.shared().does("grant elders to " + name);
        try (var pooler = asking("")
                .general("cleartext_passwords", "loopback")
                .general("pg_hba", "{content: \"host all all all " + method + "\"}")
                .start()) {
            login(pooler, name, "before").close();

            // when
            EmbeddedPg.shared()
                    .does("set password_encryption = '%s'; alter role %s password 'after'"
                            .formatted(method.equals("md5") ? "md5" : "scram-sha-256", name));

            // then
            assertThat(refusal(pooler.door(), name, "before")).startsWith("FATAL 28P01");
            assertThat(refusal(pooler.door(), name, "after")).isEmpty();

            // when
            EmbeddedPg.shared().does("alter role " + name + " nologin");

            // then
            assertThat(refusal(pooler.door(), name, "after")).startsWith("FATAL 28P01");
        }
    }

    @Test
    void otherKindOfVerifierLetsInTheNextTime() throws Exception {
        // given
        role("kim", "kim-secret", "md5");
        EmbeddedPg.shared().does("grant elders to kim");
        try (var pooler = asking("")
                .general("pg_hba", "{content: \"host all all all md5\"}")
                .start()) {
            assertThat(pooler.logsIn("kim", "kim-secret")).isEqualTo("kim");

            // when
            EmbeddedPg.shared().does("set password_encryption = 'scram-sha-256'; alter role kim password 'after'");

            // then: asked by md5, which no password can answer any more
            assertThat(refusal(pooler.door(), "kim", "kim-secret")).startsWith("FATAL 28P01");
            assertThat(pooler.logsIn("kim", "after")).isEqualTo("kim");
        }
    }

    @Test
    void passwordThatComesBeforeItIsAskedForIsRead() {
        // given
        role("hasty");
        try (var pooler = asking("")
                        .general("cleartext_passwords", "loopback")
                        .general("pg_hba", "{content: \"host all all all password\"}")
                        .start();
                var client = pooler.door().connect()) {
            // when
            client.sends(
                    startup(Map.of("user", "hasty", "database", Door.DATABASE)),
                    Message.password("hasty-secret\0".getBytes(StandardCharsets.UTF_8)));

            // then
            assertThat(client.receives().body()).as("the question").hasSize(4);
            assertThat(client.receives().body()).as("the answer is good").isEqualTo("\0\0\0\0");
        }
    }

    @Test
    void newPasswordInClearLetsInAtOnce() throws Exception {
        // given
        role("clara");
        try (var pooler = asking("")
                .general("cleartext_passwords", "loopback")
                .general("pg_hba", "{content: \"host all all all password\"}")
                .start()) {
            assertThat(pooler.logsIn("clara", "clara-secret")).isEqualTo("clara");

            // when
            EmbeddedPg.shared().does("alter role clara password 'after'");

            // then
            assertThat(pooler.logsIn("clara", "after")).isEqualTo("clara");
        }
    }

    @Test
    void samePasswordWithAnotherSaltRecovers() {
        // given
        role("sally");
        try (var pooler = asking("").start()) {
            login(pooler, "sally", "sally-secret").close();
            EmbeddedPg.shared().does("alter role sally password 'sally-secret'");
            EmbeddedPg.shared().asks("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'sally'");

            // when then
            Eventually.isTrue("sally is served again", () -> {
                try {
                    return pooler.logsIn("sally", "sally-secret").equals("sally");
                } catch (SQLException _) {
                    return false;
                }
            });
        }
    }

    @Test
    void userThatAppearsIsLetInAtOnce() throws Exception {
        // given
        try (var pooler = asking("").start()) {
            assertThat(refusal(pooler.door(), "nora", "nora-secret")).startsWith("FATAL 28P01");

            // when
            role("nora");

            // then
            assertThat(pooler.logsIn("nora", "nora-secret")).isEqualTo("nora");
        }
    }
}
