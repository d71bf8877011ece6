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
    private static final Duration A_WHILE = Duration.ofSeconds(5);
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

    @Test
    @Order(4)
    void whileTheOperatorIsToldToPauseItTellsWhatWaitsAndWritesNothing() {
        // given
        var runs = pool.runs();
        annotate("pgdoorman.io/paused=true");
        pool.await("Paused", "True", LIMIT);
        var before = written();

        // when
        pool.set("/spec/databases/0/poolSize", "7");
        pool.patch("{\"spec\": {\"image\": \"%s\"}}".formatted(Images.POOLER_NEXT));
        pool.await("Paused", "True", LIMIT);
        Progress.pause(A_WHILE);

        // then
        var ready = Pool.condition(pool.resource(), "Ready").orElseThrow();
        assertThat(ready.path("reason").asText()).isEqualTo("Paused");
        assertThat(written()).isEqualTo(before);
        assertThat(pool.runs()).isEqualTo(runs);

        // when
        pool.patch("{\"spec\": {\"image\": null}}");
        annotate("pgdoorman.io/paused-");
        pool.await("Ready", "True", LIMIT);

        // then
        assertThat(tenant.kubectl().succeed("get", "configmap", pool.name() + "-config", "-o", "yaml"))
                .contains("pool_size: 7");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    private void annotate(String annotation) {
        pool.kubectl().succeed("annotate", "doormanpool", pool.name(), annotation);
    }

    /// Versions of what the operator writes for a pool.
    private String written() {
        return tenant.kubectl()
                .succeed(
                        "get",
                        "deployments,configmaps,services,secrets,poddisruptionbudgets",
                        "-l",
                        "pgdoorman.io/pool=" + pool.name(),
                        "-o",
                        "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.generation}"
                                + " {.data}{.spec}{'\\n'}{end}");
    }

    private String generation() {
        return pool.resource().at("/metadata/generation").asText();
    }
}
