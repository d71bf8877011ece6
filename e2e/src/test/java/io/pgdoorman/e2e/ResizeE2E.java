package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// Other CPU and memory reach pods that run, without a restart and unnoticed by clients; pods that come later have the
/// same, and what no node can give is told.
@OnCluster
@TestMethodOrder(OrderAnnotation.class)
class ResizeE2E {

    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final int CLIENTS = 8;
    private static final long MEMORY = 1200L * 1024 * 1024;

    private final Tenant tenant;
    private final Pool pool;

    ResizeE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
    }

    @Test
    @Order(1)
    void otherSizesReachPodsThatRunAndNoClientNotices() {
        // given
        var runs = pool.runs();
        var sets = replicaSets();
        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS)) {
            // when
            pool.patch("""
                {"spec": {"resources": {"requests": {"cpu": "250m", "memory": "160Mi"}, "limits": {"memory": "1200Mi"}}}}
                """);
            var took = pool.await("Ready", "True", LIMIT);
            Progress.say("resized in " + took.toMillis() + " ms");

            // then
            assertThat(pool.runs()).isEqualTo(runs);
            assertThat(replicaSets()).isEqualTo(sets);
            assertThat(pool.pods()).allSatisfy(pod -> {
                assertThat(pod.at("/status/containerStatuses/0/resources/requests/cpu")
                                .asText())
                        .isEqualTo("250m");
                assertThat(limitInItsControlGroup(pod)).isEqualTo(MEMORY);
            });
            var tally = load.finish();
            assertThat(tally.broken()).isEmpty();
            assertThat(tally.reasons()).isEmpty();
            assertThat(tally.rows()).isEqualTo(tally.committed());
        }
        assertThat(events()).contains("Resized").doesNotContain("ResizeRefused");
    }

    @Test
    @Order(2)
    void aPodThatComesLaterHasThem() {
        // given
        var sets = replicaSets();
        var stays = pool.pods().getLast().at("/metadata/uid").asText();

        // when
        pool.kubectl()
                .succeed(
                        "delete",
                        "pod",
                        pool.pods().getFirst().at("/metadata/name").asText());
        Progress.until("there are two pods", LIMIT, () -> pool.allPods().size() == 2);
        pool.await("Ready", "True", LIMIT);

        // then
        assertThat(pool.pods())
                .allSatisfy(pod -> assertThat(limitInItsControlGroup(pod)).isEqualTo(MEMORY));
        assertThat(pool.pods()).anyMatch(pod -> pod.at("/metadata/uid").asText().equals(stays));
        assertThat(replicaSets()).isEqualTo(sets);
    }

    @Test
    @Order(3)
    void whatNoNodeHasIsToldAndPodsServeOn() {
        // given
        var runs = pool.runs();

        // when
        pool.patch("{\"spec\": {\"resources\": {\"requests\": {\"cpu\": \"900\"}}}}");
        Progress.until("it is told", LIMIT, () -> events().contains("ResizeRefused"));
        Progress.until(
                "the status tells why pods are replaced",
                LIMIT,
                () -> Pool.condition(pool.resource(), "Reconciling")
                        .filter(condition ->
                                condition.path("message").asText().contains("could not be changed in place"))
                        .isPresent());

        // then
        assertThat(pool.runs()).containsAll(runs);

        // when
        pool.patch("{\"spec\": {\"resources\": {\"requests\": {\"cpu\": \"250m\"}}}}");
        pool.await("Ready", "True", LIMIT);
        Progress.until("there are two pods", LIMIT, () -> pool.allPods().size() == 2);

        // then
        assertThat(pool.runs()).isEqualTo(runs);
        assertThat(pool.pods())
                .allSatisfy(pod -> assertThat(pod.at("/spec/containers/0/resources/requests/cpu")
                                .asText())
                        .isEqualTo("250m"));
    }

    /// Those that have pods.
    private List<String> replicaSets() {
        return pool
                .kubectl()
                .list("replicasets", pool.resource().at("/status/selector").asText())
                .stream()
                .filter(set -> set.at("/spec/replicas").asInt() > 0)
                .map(set -> set.at("/metadata/name").asText())
                .toList();
    }

    /// In the words of the kernel, whichever version of control groups it has.
    private long limitInItsControlGroup(JsonNode pod) {
        return Long.parseLong(pool.kubectl()
                .succeed(
                        "exec",
                        pod.at("/metadata/name").asText(),
                        "-c",
                        "pooler",
                        "--",
                        "sh",
                        "-c",
                        "cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes")
                .strip());
    }

    private String events() {
        return tenant.kubectl().succeed("get", "events", "-o", "jsonpath={.items[*].reason}");
    }
}
