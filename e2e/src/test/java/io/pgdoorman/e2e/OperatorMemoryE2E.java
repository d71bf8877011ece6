package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The kernel kills the operator for the memory it takes, in the middle of a roll, and then whenever it starts: pools
/// serve on, within their budget, and what was begun ends when it has enough again.
@OnCluster
class OperatorMemoryE2E {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int BUDGET = 12;
    private static final int CLIENTS = 10;
    private static final String OPERATOR = "deployment/pgdoorman-operator";

    /// The largest process of a container without memory is killed: each of these is smaller than the operator.
    private static final String TAKE_ALL_MEMORY = "for i in 1 2 3 4; do tail /dev/zero & done; wait";

    /// Takes more than the limit of the operator's container before it does anything.
    private static final String TOO_MUCH = "OPERATOR_JAVA_OPTS=-Xms512m -Xmx512m -XX:+AlwaysPreTouch";

    private final Tenant tenant;
    private final Pool pool;
    private final Kubectl operator;

    OperatorMemoryE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
        this.operator = tenant.kubectl().in(Cluster.OPERATOR_NAMESPACE);
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart(BUDGET, LIMIT);
    }

    @AfterAll
    void giveItEnough() {
        operator.succeed("set", "env", OPERATOR, "OPERATOR_JAVA_OPTS-");
        operator.succeed("scale", OPERATOR, "--replicas=1");
        operator.command("rollout", "status", OPERATOR).within(LIMIT).succeed();
    }

    @Test
    void killedInTheMiddleOfARollAndAgainAndAgainItEndsWhatWasBegunWhenItHasEnough() {
        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS);
                var samples = Samples.start(tenant)) {
            // when
            var mark = "e2e-" + System.nanoTime();
            pool.patch("{\"spec\": {\"tolerations\": [{\"key\": \"%s\", \"operator\": \"Exists\"}]}}".formatted(mark));
            Progress.until(
                    "the first pod is there",
                    LIMIT,
                    () -> pool.allPods().stream().anyMatch(pod -> isNew(pod, mark)));
            operator.command("exec", OPERATOR, "--", "sh", "-c", TAKE_ALL_MEMORY)
                    .run();
            awaitKills(1);

            // and when
            operator.succeed("scale", OPERATOR, "--replicas=0");
            Progress.until(
                    "the operator is gone",
                    LIMIT,
                    () -> operator.list("pods", "").isEmpty());
            operator.succeed("set", "env", OPERATOR, TOO_MUCH);
            operator.succeed("scale", OPERATOR, "--replicas=1");
            pool.set("/spec/databases/0/poolSize", "7");
            awaitKills(2);

            // then
            var resource = pool.resource();
            assertThat(resource.at("/status/observedGeneration").asLong())
                    .as("nobody looked at the change")
                    .isLessThan(resource.at("/metadata/generation").asLong());

            // when
            giveItEnough();
            Progress.until(
                    "all pods are replaced",
                    LIMIT,
                    () -> pool.allPods().size() == 2 && pool.allPods().stream().allMatch(pod -> isNew(pod, mark)));
            pool.await("Ready", "True", LIMIT);

            // then
            assertThat(pool.resource().at("/status/config/ackedPods").asInt()).isEqualTo(2);
            Progress.say("at most " + samples.most() + " of " + BUDGET + " server connections");
            assertThat(samples.most()).isBetween(1, BUDGET);
            var tally = load.finish();
            assertThat(tally.broken()).isEmpty();
            assertThat(tally.refusedConnects()).isZero();
            assertThat(tally.rows()).isEqualTo(tally.committed());
        }
    }

    private static boolean isNew(JsonNode pod, String mark) {
        return pod.at("/spec/tolerations/0/key").asText().equals(mark);
    }

    /// By the kernel, for want of memory, as Kubernetes says.
    private void awaitKills(int times) {
        var took = Progress.until(
                "the operator was killed for its memory",
                LIMIT,
                () -> operator.list("pods", "").stream()
                        .map(pod -> pod.at("/status/containerStatuses/0"))
                        .anyMatch(container -> container.path("restartCount").asInt() >= times
                                && container
                                        .at("/lastState/terminated/reason")
                                        .asText()
                                        .equals("OOMKilled")));
        Progress.say("OOMKilled, " + times + " times, after " + took.toSeconds() + " s");
    }
}
