package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Pods come and go under load, and no transaction is broken: clients are sent away between two transactions only.
@OnCluster
class RolloutE2E {

    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final int CLIENTS = 20;
    private static final int SLOW = 2;
    /// A second or less when the machine is free; more than this is a client that hangs.
    private static final Duration TOLERABLE_OUTAGE = Duration.ofSeconds(20);

    private final Tenant tenant;
    private final Pool pool;

    RolloutE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
    }

    @Test
    void scalingUpAndDownBreaksNoTransaction() {
        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS, SLOW)) {
            // when
            scaleTo(3);
            load.add(CLIENTS);
            scaleTo(2);

            // then
            var tally = load.finish();
            assertUnbroken(tally);
            assertThat(tally.reconnects())
                    .as("clients of the third pod were moved")
                    .isPositive();
        }
    }

    @Test
    void aNewImageBreaksNoTransaction() {
        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS, SLOW)) {
            // when
            pool.patch("{\"spec\": {\"image\": \"%s\"}}".formatted(Images.POOLER_NEXT));
            var took =
                    Progress.until("all pods run " + Images.POOLER_NEXT + " and the old ones are gone", LIMIT, () -> {
                        var all = pool.allPods();
                        return all.size() == 2
                                && all.stream()
                                        .allMatch(pod -> pod.at("/spec/containers/0/image")
                                                .asText()
                                                .equals(Images.POOLER_NEXT));
                    });
            pool.await("Ready", "True", LIMIT);
            Progress.say("the roll took " + took.toSeconds() + " s");

            // then
            var tally = load.finish();
            assertUnbroken(tally);
            assertThat(tally.reconnects()).as("every client was moved").isPositive();
        }
    }

    @Test
    void aNodeThatIsDrainedBreaksNoTransaction() {
        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS, SLOW)) {
            // when
            pool.drainANode(
                    LIMIT,
                    node -> assertThat(pool.pods())
                            .noneMatch(pod -> pod.at("/spec/nodeName").asText().equals(node)));

            // then
            assertUnbroken(load.finish());
        }
    }

    private void scaleTo(int replicas) {
        pool.scaleTo(replicas, LIMIT);
        assertThat(pool.resource().at("/status/readyReplicas").asInt()).isEqualTo(replicas);
    }

    private static void assertUnbroken(Load.Tally tally) {
        assertThat(tally.broken()).isEmpty();
        assertThat(tally.rows()).as("rows of acknowledged commits").isEqualTo(tally.committed());
        assertThat(tally.longestOutage()).as("time without a connection").isLessThan(TOLERABLE_OUTAGE);
    }
}
