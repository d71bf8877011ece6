package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What users add to pods is there, and what the API server would not have is told instead of tried for ever.
@OnCluster
class PodFieldsE2E {

    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final Pool pool;
    private final Tenant tenant;

    PodFieldsE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
    }

    @Test
    void podsRunWithWhatTheUserAdds() {
        // when
        pool.patch("""
            {"spec": {
              "env": [{"name": "TZ", "value": "UTC"}],
              "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "16Mi"}}],
              "volumeMounts": [{"name": "scratch", "mountPath": "/scratch", "readOnly": false}],
              "jvm": {"options": ["-XX:MaxDirectMemorySize=256m"]},
              "podTemplate": {"metadata": {"labels": {"team": "shop"}}, "spec": {"hostname": "pooler"}},
              "disruptionBudget": {"maxUnavailable": 2}, "monitoring": {"podMonitor": {"enabled": true}}}}
            """);
        Progress.until(
                "pods are replaced",
                LIMIT,
                () -> !pool.pods().isEmpty()
                        && pool.pods().stream()
                                .allMatch(pod ->
                                        pod.at("/metadata/labels/team").asText().equals("shop")));
        pool.await("Ready", "True", LIMIT);
        Progress.until(
                "the rollout is complete",
                LIMIT,
                () -> pool.resource().at("/status/rollout/phase").asText().equals("Complete"));

        // then
        assertThat(pool.pods()).allSatisfy(pod -> {
            assertThat(pod.at("/spec/hostname").asText()).isEqualTo("pooler");
            assertThat(pod.at("/spec/containers/0/env/0/value").asText()).isEqualTo("-XX:MaxDirectMemorySize=256m");
        });
        var status = pool.resource();
        assertThat(Pool.condition(status, "Monitored")
                        .orElseThrow()
                        .path("reason")
                        .asText())
                .isEqualTo("CrdMissing");
        assertThat(status.at("/status/secrets").size()).isPositive();
        assertThat(status.at("/status/config/lastReloadTime").asText()).isNotEmpty();
        Progress.say("rollout " + status.at("/status/rollout") + " secrets " + status.at("/status/secrets"));

        // when
        pool.patch("{\"spec\": {\"podTemplate\": {\"spec\": {\"ofTomorrow\": 1}}}}");

        // then
        pool.await("Stalled", "True", LIMIT);
        assertThat(Pool.condition(pool.resource(), "Stalled")
                        .orElseThrow()
                        .path("message")
                        .asText())
                .contains("ofTomorrow: field not declared in schema");
        pool.patch("{\"spec\": {\"podTemplate\": {\"spec\": {\"ofTomorrow\": null}}}}");
        pool.await("Ready", "True", LIMIT);
    }

    @Test
    void aPauseIsAcknowledgedByAllAndTakenBack() {
        // given
        try (var load = Load.start(pool.target(), tenant.postgres(), 4)) {
            Progress.until("work goes on", LIMIT, () -> load.committed() > 100);

            // when
            pool.patch("{\"spec\": {\"pause\": {\"all\": true}}}");
            pool.await("Paused", "True", LIMIT);
            var stood = load.committed();
            pool.patch("{\"spec\": {\"pause\": {\"all\": false}}}");

            // then
            Progress.until("work goes on", LIMIT, () -> load.committed() > stood + 100);
        }
    }
}
