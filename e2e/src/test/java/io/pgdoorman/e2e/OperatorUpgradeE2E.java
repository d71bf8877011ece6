package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A new operator replaces no pod: what it would give them is offered, and taken when somebody accepts it.
@OnCluster
class OperatorUpgradeE2E {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int CLIENTS = 10;

    private final Tenant tenant;
    private final Pool pool;
    private final Kubectl operator;

    OperatorUpgradeE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
        this.operator = tenant.kubectl().in(Cluster.OPERATOR_NAMESPACE);
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
    }

    @AfterAll
    void bringTheOldOperatorBack() {
        replaceOperator(Images.POOLER);
    }

    @Test
    void leavesPodsAloneUntilTheUpgradeIsAccepted() {
        // given
        var runs = pool.runs();
        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS)) {
            // when
            replaceOperator(Images.POOLER_NEXT);
            Progress.until("the new image is offered", LIMIT, () -> offered().equals(Images.POOLER_NEXT));

            // then
            assertThat(pool.runs()).isEqualTo(runs);
            assertThat(Pool.says(pool.resource(), "Ready", "True")).isTrue();
            var tally = load.finish();
            assertThat(tally.broken()).isEmpty();
            assertThat(tally.reconnects()).isZero();
        }

        // when
        var hash = pool.resource().at("/status/upgrade/hash").asText();
        pool.kubectl().succeed("annotate", "doormanpool", pool.name(), "pgdoorman.io/accept-upgrade=" + hash);

        // then
        Progress.until(
                "a pod runs the new image",
                LIMIT,
                () -> pool.pods().stream()
                        .anyMatch(pod ->
                                pod.at("/spec/containers/0/image").asText().equals(Images.POOLER_NEXT)));
        Progress.until("nothing is offered any more", LIMIT, () -> offered().isEmpty());
    }

    private String offered() {
        return pool.resource().at("/status/upgrade/image").asText();
    }

    private void replaceOperator(String poolerImage) {
        operator.succeed("set", "env", "deployment", "--all", "OPERATOR_POOLER_IMAGE=" + poolerImage);
        operator.succeed("rollout", "status", "deployment", "--timeout=120s");
    }
}
