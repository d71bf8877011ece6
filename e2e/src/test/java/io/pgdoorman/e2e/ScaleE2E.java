package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The scale subresource: Kubernetes' own autoscaler can read and set it, and so does the operator's.
@OnCluster
class ScaleE2E {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final Tenant tenant;
    private final Pool pool;

    ScaleE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
    }

    @Test
    void aHorizontalPodAutoscalerFindsItsScaleAndItsPods() {
        // when
        tenant.kubectl().apply("""
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: quickstart}
            spec:
              scaleTargetRef: {apiVersion: pgdoorman.io/v1alpha1, kind: DoormanPool, name: quickstart}
              minReplicas: 3
              maxReplicas: 4
              metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
            """);

        // then
        Progress.until("it set the fewest replicas", LIMIT, () -> replicas() == 3);
        var autoscaler = tenant.kubectl().get("hpa", "quickstart").orElseThrow();
        var able = Pool.condition(autoscaler, "AbleToScale").orElseThrow();
        assertThat(able.path("status").asText()).as(able.toString()).isEqualTo("True");
        tenant.kubectl().succeed("delete", "hpa", "quickstart");
        pool.await("Ready", "True", LIMIT);
    }

    @Test
    void theOperatorKeepsWithinTheBoundsOfItsOwnAutoscalingAndSaysSo() {
        // given
        pool.patch("{\"spec\": {\"replicas\": 2}}");

        // when
        pool.patch("{\"spec\": {\"autoscaling\": {\"enabled\": true, \"min\": 4, \"max\": 5}}}");

        // then
        Progress.until("there are four replicas", LIMIT, () -> replicas() == 4);
        pool.await("Ready", "True", LIMIT);
        assertThat(pool.pods()).hasSize(4);
        Progress.until(
                "an Event tells it",
                LIMIT,
                () -> tenant.kubectl().succeed("get", "events").contains("Autoscaled"));
        pool.patch("{\"spec\": {\"replicas\": 2, \"autoscaling\": {\"enabled\": false}}}");
    }

    private int replicas() {
        return pool.resource().at("/spec/replicas").asInt();
    }
}
