package io.pgdoorman.pooler.upgrade;

import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A new process takes over a running one, both of them real.
class UpgradeIT {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @TempDir
    private Path folder;

    private PoolerProcess pooler;
    private Door door;

    @BeforeEach
    void starts() {
        pooler = PoolerProcess.start(folder, 1024, List.of("shutdown_timeout: 300s"), "-XX:TieredStopAtLevel=1");
        door = pooler.door();
    }

    @AfterEach
    void stops() {
        pooler.close();
    }

    @Test
    void brokenConfigurationLeavesTheOldProcessServingAndTheNextUpgradeTakesItsClients() throws Exception {
        try (var client = door.login(Door.Role.APP, Map.of("application_name", "mover"))) {
            // given
            client.asks("set timezone to 'Asia/Tokyo'");
            long before = pooler.pid();
            var good = Files.readString(pooler.config());
            Files.writeString(pooler.config(), good + "\nnonsense: 1\n");

            // when
            PoolerProcess.signal(before, "USR2");

            // then
            Eventually.isTrue(
                    "the failure is told", PATIENCE, () -> pooler.log().contains("the upgrade failed"));
            assertThat(pooler.log()).contains("ended with status 78");
            assertThat(client.asksOne("select 42")).isEqualTo("42");
            try (var newcomer = door.login()) {
                assertThat(newcomer.asksOne("select 42")).isEqualTo("42");
            }
            assertThat(pooler.pid()).isEqualTo(before);

            // when
            Files.writeString(pooler.config(), good);
            pooler.upgrade();

            // then
            assertThat(pooler.pid()).isNotEqualTo(before);
            assertThat(client.asksOne("show application_name")).isEqualTo("mover");
            assertThat(client.asksOne("show timezone")).isEqualTo("Asia/Tokyo");
            try (var newcomer = door.login()) {
                assertThat(newcomer.asksOne("select 42")).isEqualTo("42");
            }
        }
    }

    @Test
    void whoStopsTheNewProcessStopsTheOneBeforeToo() {
        try (var client = door.login(Door.Role.APP, Map.of())) {
            // given
            client.asks("begin; select 1");
            long before = pooler.pid();
            PoolerProcess.signal(before, "USR2");
            Eventually.isTrue("another process serves", PATIENCE, () -> pooler.pid() != before);
            long after = pooler.pid();

            // when
            PoolerProcess.signal(after, "TERM");

            // then
            Eventually.isTrue("it has ended", PATIENCE, () -> !PoolerProcess.isAlive(after));
            assertThat(PoolerProcess.isAlive(before)).isTrue();
            client.sends(query("commit"));
            assertThat(client.receivesToEnd().getLast().sqlState()).isEqualTo("57P01");
            Eventually.isTrue("the one before has ended", PATIENCE, () -> !PoolerProcess.isAlive(before));
            assertThat(pooler.log()).doesNotContain("serves again");
        }
    }
}
