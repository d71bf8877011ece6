package io.pgdoorman.e2e.scale;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.e2e.Progress;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;

/// What many pools cost, and how soon a change reaches few and many pods. By hand `-Dscale.pools=1000
/// -Dscale.secrets=10000`. Of times only the median is held to a bound, as a busy machine disturbs it least.
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class FleetScaleE2E {

    private static final int POOLS = Integer.getInteger("scale.pools", 40);
    private static final int FOREIGN = Integer.getInteger("scale.secrets", 300);
    private static final int CHANGES = Integer.getInteger("scale.changes", 8);
    private static final int MANY = Integer.getInteger("scale.pods", 40);
    private static final Duration REST = Duration.ofSeconds(Integer.getInteger("scale.rest", 32));
    private static final Duration LIMIT = Duration.ofMinutes(Integer.getInteger("scale.minutes", 10));
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final long MEBIBYTE = 1 << 20;
    private static final String HEAP = "256m";

    /// So that a thousand pools take half of the heap at most: each some 60 KiB, and 30 MiB without any.
    private static final long BASE = 40 * MEBIBYTE;

    private static final long MOST_PER_POOL = 90 << 10;
    private static final String FOREIGN_NAMESPACE = "foreign";

    private final ControlPlane plane = ControlPlane.bringUp();
    private final Fleet fleet = new Fleet(plane.api(), "fleet");
    private final FakePods pods;
    private final Figures figures = new Figures();
    private OperatorProcess operator = OperatorProcess.start(HEAP);

    FleetScaleE2E() throws IOException {
        pods = new FakePods(plane.api());
    }

    @BeforeAll
    void makePools() {
        var begun = Instant.now();
        Fleet.each(POOLS, number -> fleet.create(name(number), 1));
        fleet.awaitReady(POOLS, LIMIT);
        figures.put("pools", POOLS);
        figures.put(
                "secondsUntilAllWereReady",
                Duration.between(begun, Instant.now()).toSeconds());
        Progress.say("%d pools were made and ready after %d s"
                .formatted(POOLS, Duration.between(begun, Instant.now()).toSeconds()));
    }

    @AfterAll
    void takeDown() {
        operator.close();
        fleet.close();
        pods.close();
        plane.close();
        figures.write();
    }

    private static String name(int number) {
        return "pool-" + number;
    }

    @Test
    @Order(1)
    void aFleetAtRestCostsTheApiServerNothing() {
        // given
        awaitRest();
        var before = operator.effort();

        // when
        Progress.pause(REST);

        // then
        var spent = operator.effort().since(before);
        figures.put("restSeconds", REST.toSeconds());
        figures.put("restReads", spent.reads());
        figures.put("restWrites", spent.writes());
        figures.put("cpuMicrosOfAPass", spent.cpuOfAPass());
        Progress.say("%d pools at rest for %d s: %d passes of %.0f us of CPU, %d reads, %d writes"
                .formatted(POOLS, REST.toSeconds(), spent.passes(), spent.cpuOfAPass(), spent.reads(), spent.writes()));
        assertThat(spent.passes()).as("passes").isGreaterThanOrEqualTo(POOLS);
        assertThat(spent.writes()).isZero();
        assertThat(spent.reads()).isZero();
    }

    @Test
    @Order(2)
    void foreignSecretsDoNotMoveItsHeap() {
        // given
        var before = operator.liveHeap();

        // when
        plane.api().create("/api/v1/namespaces", """
            {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "%s"}}\
            """.formatted(FOREIGN_NAMESPACE));
        var filling = "x".repeat(1_000);
        Fleet.each(
                FOREIGN, number -> plane.api().create(Api.secrets(FOREIGN_NAMESPACE), """
                    {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "foreign-%d"}, "stringData": {"key": "%s"}}\
                    """.formatted(number, filling)));
        var after = operator.liveHeap();

        // then
        figures.put("foreignSecrets", FOREIGN);
        figures.put("liveHeapBytes", before);
        figures.put("liveHeapBytesBesideForeignSecrets", after);
        Progress.say("live heap with %d pools: %.1f MiB, and %.1f MiB with %d Secrets of others"
                .formatted(POOLS, (double) before / MEBIBYTE, (double) after / MEBIBYTE, FOREIGN));
        assertThat(after - before).isLessThan(Math.max(2 * MEBIBYTE, before / 20));
        assertThat(after).isLessThan(BASE + POOLS * MOST_PER_POOL);
    }

    @Test
    @Order(3)
    void aChangeOfOnePoolAmongManyIsSoonApplied() {
        // given
        var latencies = new Latencies();
        var before = operator.effort();

        // when
        for (var change = 0; change < CHANGES; change++) {
            latencies.add(fleet.resize(name(change * POOLS / CHANGES), 20 + change, SOON));
        }

        // then
        var spent = operator.effort().since(before);
        figures.put("change", latencies);
        figures.put("change", spent, CHANGES);
        Progress.say("a change of one pool of %d was applied and told after %s; %s"
                .formatted(POOLS, latencies, spent.each(CHANGES)));
        assertThat(latencies.percentile(50)).isLessThan(Duration.ofSeconds(2));
    }

    /// Who watches the names of Secrets only has to see that one changes.
    @Test
    @Order(4)
    void aChangedSecretIsSoonApplied() {
        // given
        var latencies = new Latencies();

        // when
        for (var change = 0; change < CHANGES; change++) {
            latencies.add(fleet.changePassword(name(change * POOLS / CHANGES), SOON));
        }

        // then
        figures.put("secret", latencies);
        Progress.say("a changed Secret of one pool of %d was applied and told after %s".formatted(POOLS, latencies));
        assertThat(latencies.percentile(50)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    @Order(5)
    void aRestartedOperatorIsSoonSteady() {
        // given
        awaitRest();
        operator.kill();
        var begun = Instant.now();

        // when
        operator = OperatorProcess.start(HEAP);
        Progress.until("each pool was looked at", LIMIT, () -> passes() >= POOLS);
        var took = Duration.between(begun, Instant.now());

        // then
        figures.put("restartMillis", took.toMillis());
        Progress.say("restart with %d pools: all looked at after %d ms, %d writes, %d reads"
                .formatted(POOLS, took.toMillis(), operator.requests("write"), operator.requests("read")));
        assertThat(took).isLessThan(Duration.ofSeconds(30));
        assertThat(operator.requests("write")).isZero();
    }

    @Test
    @Order(6)
    void aChangeReachesManyPodsLittleLaterThanFew() {
        for (var replicas : new int[] {2, 10, MANY}) {
            // given
            var name = "pods-" + replicas;
            fleet.create(name, replicas);
            fleet.awaitReady(POOLS + 1, LIMIT);
            var latencies = new Latencies();

            // when
            for (var change = 0; change < CHANGES; change++) {
                latencies.add(fleet.resize(name, 20 + change, SOON));
            }

            // then
            figures.put("with%dPods".formatted(replicas), latencies);
            Progress.say("apply to ConfigApplied with %d pods: %s".formatted(replicas, latencies));
            assertThat(latencies.percentile(50)).isLessThan(Duration.ofSeconds(5));
            fleet.delete(name);
        }
    }

    private double passes() {
        return operator.metric("doorman_operator_reconcile_seconds_count");
    }

    /// Until nothing was written for a while.
    private void awaitRest() {
        var writes = new long[] {-1};
        Progress.until("the operator writes nothing more", LIMIT, () -> {
            var before = writes[0];
            writes[0] = operator.requests("write");
            Progress.pause(Duration.ofSeconds(5));
            return before == operator.requests("write");
        });
    }
}
