package io.pgdoorman.e2e.scale;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgdoorman.e2e.Progress;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The operator is killed, frozen out, or not alone; what it does ends as if nothing had been.
@TestInstance(Lifecycle.PER_CLASS)
class ChaosE2E {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration STALL = Duration.ofMillis(400);
    private static final String HEAP = "256m";
    private static final String LABEL = "labelSelector=pgdoorman.io/pool%3D";
    private static final String ELECT = "--leader-election=true";
    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final String LEASES = "--lease-namespace=pgdoorman-system";

    private final ControlPlane plane = ControlPlane.bringUp();
    private final Fleet fleet = new Fleet(plane.api(), "chaos");
    private final FakePods pods;
    private final Map<String, String> passwords = new ConcurrentHashMap<>();
    private final List<String> replaced = new CopyOnWriteArrayList<>();
    private final Thread secrets;

    ChaosE2E() throws IOException {
        pods = new FakePods(plane.api());
        secrets = plane.api()
                .watch("/api/v1/secrets?labelSelector=app.kubernetes.io/managed-by%3Dpgdoorman-operator", this::secret);
    }

    /// A second password would lock the operator out of pods that have the first.
    private void secret(String event, JsonNode secret) {
        var name = secret.at("/metadata/name").asText();
        if (name.endsWith("-admin") && !event.equals("DELETED")) {
            var now = secret.path("data").toString();
            var before = passwords.putIfAbsent(name, now);
            if (before != null && !before.equals(now)) {
                replaced.add(name);
            }
        }
    }

    @AfterEach
    void noPasswordWasReplaced() {
        assertThat(replaced).isEmpty();
    }

    @AfterAll
    void takeDown() {
        secrets.interrupt();
        fleet.close();
        pods.close();
        plane.close();
    }

    static List<String> killedAtEachStepItFinishesWhatItBegan() {
        return List.of(
                "/api/v1/secrets",
                "/api/v1/configmaps",
                "/apis/apps/v1/deployments",
                "/api/v1/services",
                "/api/v1/pods");
    }

    @ParameterizedTest
    @MethodSource
    void killedAtEachStepItFinishesWhatItBegan(String step) throws InterruptedException {
        // given
        var kind = step.substring(step.lastIndexOf('/') + 1);
        var pool = "killed-at-" + kind;
        var seen = new CountDownLatch(1);
        var watch = plane.api().watch(step + "?" + LABEL + pool, (_, _) -> seen.countDown());
        var operator = OperatorProcess.start(HEAP);

        // when
        fleet.create(pool, 2);
        assertThat(seen.await(LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as("one of the %s is there", kind)
                .isTrue();
        operator.kill();
        watch.interrupt();

        // then
        try (var next = OperatorProcess.start(HEAP)) {
            fleet.awaitReady(pool, LIMIT);
            assertThat(next.isAlive()).isTrue();
        }
    }

    @Test
    void killedWhileAChangeReachesPodsItGoesOnWhereItWas() throws InterruptedException {
        // given
        var pool = "changed";
        var operator = OperatorProcess.start(HEAP);
        fleet.create(pool, 5);
        fleet.awaitReady(pool, LIMIT);

        for (var size = 11; size < 14; size++) {
            // when
            var seen = new CountDownLatch(size - 10);
            var watch = plane.api().watch("/api/v1/pods?" + LABEL + pool, (event, _) -> {
                if (event.equals("MODIFIED")) {
                    seen.countDown();
                }
            });
            fleet.change(pool, size);
            assertThat(seen.await(LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .as("a pod is told")
                    .isTrue();
            operator.kill();
            watch.interrupt();
            operator = OperatorProcess.start(HEAP);

            // then
            fleet.awaitReady(pool, LIMIT);
        }
        operator.close();
    }

    @ParameterizedTest
    @MethodSource
    void comesBackByItselfAfter(String component, String signal) {
        // given
        var pool = "without-" + component + "-" + signal.toLowerCase(Locale.ROOT);
        try (var operator = OperatorProcess.start(HEAP)) {
            fleet.create(pool, 2);
            fleet.awaitReady(pool, LIMIT);

            // when
            plane.signal(component, signal);
            Progress.pause(Duration.ofSeconds(12));
            if (signal.equals("STOP")) {
                plane.signal(component, "CONT");
            }
            Progress.until("the API server answers", LIMIT, plane::isReady);
            fleet.change(pool, 20);

            // then
            fleet.awaitReady(pool, LIMIT);
            fleet.changePassword(pool, LIMIT);
            assertThat(operator.isAlive()).isTrue();
        }
    }

    static List<Arguments> comesBackByItselfAfter() {
        return List.of(
                Arguments.of("kube-apiserver", "KILL"),
                Arguments.of("kube-apiserver", "STOP"),
                Arguments.of("etcd", "STOP"));
    }

    /// Four fifths of the time it does nothing: what is asked takes its time, and nobody gives up.
    @Test
    void aSlowEtcdDelaysAChangeAndNothingElse() {
        // given
        var pool = "slow-store";
        try (var operator = OperatorProcess.start(HEAP, ELECT, LEASES)) {
            fleet.create(pool, 2);
            fleet.awaitReady(pool, LIMIT);
            var epoch = pods.newestLeader();

            // when
            var begun = Instant.now();
            fleet.change(pool, 20);
            for (var pulse = 0; pulse < 30; pulse++) {
                plane.signal("etcd", "STOP");
                Progress.pause(STALL);
                plane.signal("etcd", "CONT");
                Progress.pause(STALL.dividedBy(4));
            }
            fleet.awaitReady(pool, LIMIT);

            // then
            Progress.say("with a slow etcd a change was applied at the latest "
                    + Duration.between(begun, Instant.now()).toMillis() + " ms after it was made");
            assertThat(plane.kubectl("get", "configmap", pool + "-config", "-n", "chaos", "-o", "yaml"))
                    .contains("pool_size: 20");
            assertThat(operator.isAlive()).isTrue();
            assertThat(pods.newestLeader()).as("it leads all the time").isEqualTo(epoch);
        }
    }

    /// Without a Lease both act at once.
    @Test
    void twoOperatorsForcedActiveEndOnTheNewestConfiguration() {
        // given
        var pool = "two-masters";
        try (var one = OperatorProcess.start(HEAP);
                var two = OperatorProcess.start(HEAP)) {
            fleet.create(pool, 5);
            fleet.awaitReady(pool, LIMIT);

            // when
            for (var size = 11; size < 31; size++) {
                fleet.change(pool, size);
            }

            // then
            fleet.awaitReady(pool, LIMIT);
            assertThat(plane.kubectl("get", "configmap", pool + "-config", "-n", "chaos", "-o", "yaml"))
                    .contains("pool_size: 30");
            assertThat(one.isAlive() && two.isAlive()).isTrue();
        }
    }

    @Test
    void aFollowingLeaderHasAHigherEpoch() {
        // given
        var pool = "led";
        var first = OperatorProcess.start(HEAP, ELECT, LEASES);
        fleet.create(pool, 2);
        fleet.awaitReady(pool, LIMIT);
        var epoch = pods.newestLeader();

        // when
        first.kill();
        try (var next = OperatorProcess.start(HEAP, ELECT, LEASES)) {
            fleet.change(pool, 20);

            // then
            fleet.awaitReady(pool, LIMIT);
            assertThat(epoch).isGreaterThanOrEqualTo(0);
            assertThat(pods.newestLeader()).isGreaterThan(epoch);
            assertThat(next.isAlive()).isTrue();
        }
    }

    /// Who comes after a leader whose clock was ahead does not wait until its own says so, too, and who is ahead itself
    /// deposes nobody.
    @Test
    void clocksThatDoNotAgreeChangeNothing() {
        // given
        var pool = "out-of-time";
        var ahead = OperatorProcess.startAhead(30, HEAP, ELECT, LEASES);
        fleet.create(pool, 2);
        fleet.awaitReady(pool, LIMIT);
        ahead.kill();

        try (var leader = OperatorProcess.start(HEAP, ELECT, LEASES)) {
            // when
            fleet.change(pool, 20);

            // then
            fleet.awaitReady(pool, LIMIT);
            var epoch = pods.newestLeader();

            // when
            try (var other = OperatorProcess.startAhead(30, HEAP, ELECT, LEASES)) {
                Progress.pause(LEASE.multipliedBy(2));
                fleet.change(pool, 21);

                // then
                fleet.awaitReady(pool, LIMIT);
                assertThat(pods.newestLeader()).as("it leads all the time").isEqualTo(epoch);
                assertThat(leader.isAlive() && other.isAlive()).isTrue();
            }
        }
    }
}
