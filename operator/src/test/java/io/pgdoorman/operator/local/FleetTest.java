package io.pgdoorman.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.local.FleetPlan.Goal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FleetTest {

    @TempDir
    Path folder;

    private final FakePoolers poolers = new FakePoolers();
    private final List<String> said = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private Fleet fleet;

    @BeforeEach
    void twoReadyPods() throws Exception {
        var tools = new Fleet.Tools(poolers, poolers, "secret", new Addresses(), () -> now, said::add);
        fleet = new Fleet(folder, tools, desired(1, 2, "r1", "h1"));
        ticks(3);
        said.clear();
    }

    @Test
    void podsRunOnAddressesOfTheirOwn() {
        // given when
        var addresses = fleet.pods().stream().map(p -> p.place().address()).toList();

        // then
        assertThat(addresses).containsExactly("127.0.0.2", "127.0.0.3");
        assertThat(fleet.pods()).allMatch(fleet::isInStep);
    }

    @Test
    void hotChangeReachesOnePodFirstAndIsAcknowledgedByEach() throws Exception {
        // given
        fleet.aim(desired(2, 2, "r1", "h2"));

        // when
        ticks(1);

        // then
        assertThat(said).containsExactly("shop-1: acknowledged config h2 (canary)", "shop-2: acknowledged config h2");
        assertThat(poolers.starts).containsOnly(java.util.Map.entry("shop-1", 1), java.util.Map.entry("shop-2", 1));
    }

    @Test
    void rejectedChangeStaysWithTheCanary() throws Exception {
        // given
        poolers.refusedHash = "h2";
        fleet.aim(desired(2, 2, "r1", "h2"));

        // when
        ticks(3);

        // then
        assertThat(said)
                .containsExactly("shop-1: refused the configuration, the old one serves:"
                        + " pools.app.server_host: cannot be resolved");
        assertThat(poolers.named("shop-1").loaded).isEqualTo("h1");
        assertThat(poolers.named("shop-2").loaded).isEqualTo("h1");
        assertThat(Files.readString(folder.resolve("shop-1/pgdoorman.yaml"))).contains("h1");
    }

    @Test
    void podThatStartsAfterARejectionRunsTheOldConfiguration() throws Exception {
        // given
        poolers.refusedHash = "h2";
        fleet.aim(desired(2, 3, "r1", "h2"));

        // when
        ticks(3);
        poolers.refusedHash = "h3";
        fleet.aim(desired(3, 4, "r1", "h3"));
        ticks(1);
        fleet.tick();

        // then
        assertThat(poolers.named("shop-1").loaded).isEqualTo("h1");
    }

    @Test
    void rollReplacesOneAfterTheOtherAndDrainsTheOld() throws Exception {
        // given
        poolers.named("shop-1").clients = 1;
        poolers.named("shop-2").clients = 1;
        fleet.aim(desired(2, 2, "r2", "h2"));

        // when
        ticks(6);
        var whileClientsStay = poolers.running.keySet().toString();
        poolers.named("shop-2").clients = 0;
        ticks(8);
        poolers.named("shop-1").clients = 0;
        ticks(8);

        // then
        assertThat(whileClientsStay).isEqualTo("[shop-1, shop-2, shop-3]");
        assertThat(poolers.running).containsOnlyKeys("shop-3", "shop-4");
        assertThat(fleet.pods()).hasSize(2).allMatch(fleet::isInStep);
        assertThat(folder.resolve("shop-1")).doesNotExist();
    }

    @Test
    void crashedPodStartsAgainWithLongerAndLongerPauses() throws Exception {
        // given
        poolers.named("shop-2").crash();

        // when
        ticks(1);
        now = now.plusMillis(1100);
        ticks(1);
        poolers.named("shop-2").crash();
        ticks(1);
        now = now.plusMillis(1100);
        ticks(1);

        // then
        assertThat(said).anyMatch(line -> line.startsWith("shop-2: ended with exit code 1, starts again in 1 s"));
        assertThat(said).anyMatch(line -> line.startsWith("shop-2: ended with exit code 1, starts again in 2 s"));
        assertThat(poolers.starts).containsEntry("shop-2", 2);
    }

    @Test
    void scaledToNothingEveryPodLeaves() throws Exception {
        // given
        fleet.aim(desired(2, 0, "r1", "h1"));

        // when
        ticks(4);

        // then
        assertThat(fleet.pods()).isEmpty();
        assertThat(poolers.running).isEmpty();
        assertThat(folder).isEmptyDirectory();
    }

    private void ticks(int count) throws Exception {
        for (var i = 0; i < count; i++) {
            fleet.tick();
        }
    }

    private static Desired desired(long generation, int replicas, String revision, String hash) {
        var goal = new Goal(replicas, revision, Duration.ofSeconds(30), Duration.ofSeconds(10));
        return new Desired(
                "shop",
                generation,
                goal,
                true,
                new Desired.Ports(6432, 9127),
                place -> new Desired.Files(place.address() + "\n" + hash + "\n", hash, new TreeMap<>()));
    }
}
