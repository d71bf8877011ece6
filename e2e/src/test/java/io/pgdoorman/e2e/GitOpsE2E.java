package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// Tools that keep a cluster as a repository says find nothing to do once they did it, whoever else owns other fields.
@OnCluster
@TestMethodOrder(OrderAnnotation.class)
class GitOpsE2E {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String FILE = Tenant.QUICKSTART.toString();

    private final Tenant tenant;
    private final Pool pool;

    GitOpsE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
    }

    @Test
    @Order(1)
    void aSecondDiffAndASecondApplyFindNothing() {
        // given
        var generation = generation();

        // when
        var diff = tenant.kubectl().command("diff", "-f", FILE).run();
        tenant.kubectl().succeed("apply", "-f", FILE);

        // then
        assertThat(diff.succeeded()).as(diff.all()).isTrue();
        assertThat(diff.out()).isEmpty();
        // kubectl's own words would not do: it says "configured" for each list with defaults in its items.
        assertThat(generation()).isEqualTo(generation);
    }

    @Test
    @Order(2)
    void soDoesServerSideApplyBesideAnAutoscaler() {
        // given
        String[] apply = {"apply", "--server-side", "--field-manager=flux", "--force-conflicts", "-f", FILE};
        tenant.kubectl().succeed(apply);
        pool.kubectl().succeed("annotate", "doormanpool", pool.name(), "team=shop");
        var generation = generation();

        // when
        var diff = tenant.kubectl()
                .command("diff", "--server-side", "--field-manager=flux", "--force-conflicts", "-f", FILE)
                .run();
        tenant.kubectl().succeed(apply);

        // then
        assertThat(diff.succeeded()).as(diff.all()).isTrue();
        assertThat(generation()).isEqualTo(generation);
        assertThat(pool.resource().at("/metadata/annotations/team").asText()).isEqualTo("shop");
    }

    @Test
    @Order(3)
    void nothingIsTakenForDoneThatTheOperatorHasNotLookedAt() {
        // given
        var operator = tenant.kubectl().in(Cluster.OPERATOR_NAMESPACE);
        operator.succeed("scale", "deployment", "--all", "--replicas=0");
        Progress.until(
                "the operator is gone", LIMIT, () -> operator.list("pods", "").isEmpty());
        var other = new Pool(tenant.kubectl(), "unseen");

        // when
        tenant.kubectl().apply("""
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanPool
            metadata: {name: unseen}
            spec:
              servers: [{name: main, host: postgres}]
              databases: [{name: app, serverRefs: [main]}]
              auth: {users: [{name: app, secretRef: {name: quickstart-app}}]}
            """);
        var unseen = other.resource();
        operator.succeed("scale", "deployment", "--all", "--replicas=1");
        other.awaitReady();

        // then
        assertThat(unseen.at("/metadata/generation").asInt()).isEqualTo(1);
        assertThat(unseen.at("/status/observedGeneration").asInt()).isEqualTo(-1);
        assertThat(other.resource().at("/status/observedGeneration").asInt()).isEqualTo(1);
    }

    private String generation() {
        return pool.resource().at("/metadata/generation").asText();
    }
}
