package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// A changed template reaches one pod first: what is no good goes no further and gives way by itself.
@OnCluster
@TestMethodOrder(OrderAnnotation.class)
class CanaryE2E {

    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Duration SOAK = Duration.ofSeconds(10);
    private static final int CLIENTS = 10;
    private static final String MISSING = "pgdoorman/pooler:missing";

    private final Tenant tenant;
    private final Pool pool;

    CanaryE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
        pool.patch(
                "{\"spec\": {\"rollout\": {\"canaryPods\": 1, \"canarySoak\": \"%ds\", \"progressDeadline\": \"1m\"}}}"
                        .formatted(SOAK.toSeconds()));
        pool.await("Ready", "True", LIMIT);
    }

    @Test
    @Order(1)
    void aPauseHoldsANewImageAndTellsWhatWaits() {
        // given
        var runs = pool.runs();

        // when
        pool.patch("{\"spec\": {\"image\": \"%s\", \"rollout\": {\"paused\": true}}}".formatted(Images.POOLER_NEXT));
        pool.await("Paused", "True", LIMIT);

        // then
        var ready = Pool.condition(pool.resource(), "Ready").orElseThrow();
        assertThat(ready.path("reason").asText()).isEqualTo("Paused");
        assertThat(ready.path("message").asText()).contains("spec.image: added " + Images.POOLER_NEXT);
        assertThat(pool.runs()).isEqualTo(runs);

        // when
        pool.patch("{\"spec\": {\"image\": null, \"rollout\": {\"paused\": false}}}");
        pool.await("Ready", "True", LIMIT);

        // then
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    @Order(2)
    void aTemplateWhoseCanaryDoesNotBecomeReadyGivesWayToTheLastGoodOne() {
        // given
        var runs = pool.runs();
        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS)) {
            // when
            pool.patch("{\"spec\": {\"image\": \"%s\"}}".formatted(MISSING));
            Progress.until("there is a canary", LIMIT, () -> running(MISSING).size() == 1);
            var beside = pool.runs();
            var took = Progress.until(
                    "the last good template is back",
                    LIMIT,
                    () -> pool.allPods().size() == 2 && running(MISSING).isEmpty());
            Progress.say("a canary without an image was given up after " + took.toSeconds() + " s");

            // then
            assertThat(beside).containsAll(runs);
            assertThat(pool.runs()).isEqualTo(runs);
            // It was stalled before, as there was no image, and is for another reason once the pod is seen to be gone.
            var stalled = Progress.await(
                    "it is told that the time was up",
                    LIMIT,
                    () -> Pool.condition(pool.resource(), "Stalled")
                            .filter(condition ->
                                    condition.path("reason").asText().equals("ProgressDeadlineExceeded")));
            assertThat(stalled.path("status").asText()).isEqualTo("True");
            assertThat(stalled.path("message").asText()).contains("the last good template is in use again");
            var tally = load.finish();
            assertThat(tally.broken()).isEmpty();
            assertThat(tally.reconnects()).isZero();
        }
    }

    @Test
    @Order(3)
    void othersFollowWhenTheCanaryHasBeenReadyForLongEnough() {
        // given
        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS)) {
            // when
            pool.patch("{\"spec\": {\"image\": \"%s\"}}".formatted(Images.POOLER_NEXT));
            var ready = Progress.await(
                    "the canary is ready",
                    LIMIT,
                    () -> running(Images.POOLER_NEXT).stream()
                            .flatMap(pod -> readySince(pod).stream())
                            .findFirst());
            Progress.until(
                    "the next one is made",
                    LIMIT,
                    () -> running(Images.POOLER_NEXT).size() > 1);
            var held = Duration.between(ready, Instant.now());
            Progress.say("others followed " + held.toSeconds() + " s after the canary was ready");

            // then
            assertThat(held).isGreaterThanOrEqualTo(SOAK);
            Progress.until(
                    "all are replaced",
                    LIMIT,
                    () -> pool.allPods().size() == 2
                            && running(Images.POOLER_NEXT).size() == 2);
            pool.await("Ready", "True", LIMIT);
            assertThat(load.finish().broken()).isEmpty();
        }
    }

    private List<JsonNode> running(String image) {
        return pool.pods().stream()
                .filter(pod -> pod.at("/spec/containers/0/image").asText().equals(image))
                .toList();
    }

    private static List<Instant> readySince(JsonNode pod) {
        return Pool.condition(pod, "Ready").stream()
                .filter(condition -> condition.path("status").asText().equals("True"))
                .map(condition ->
                        Instant.parse(condition.path("lastTransitionTime").asText()))
                .toList();
    }
}
