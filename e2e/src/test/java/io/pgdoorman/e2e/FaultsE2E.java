package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What breaks is said in the status and does not take the rest along.
@OnCluster
class FaultsE2E {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final int CLIENTS = 10;
    private static final String KINDS = "deployments,configmaps,services,secrets,pods";
    private static final String MINIMAL = """
        apiVersion: pgdoorman.io/v1alpha1
        kind: DoormanPool
        metadata: {name: %s}
        spec:
          servers: [{name: main, host: postgres}]
          databases: [{name: app, serverRefs: [main]}]
          auth: {users: [{name: app, secretRef: {name: quickstart-app}}]}
        """;

    private final Tenant tenant;
    private final Pool pool;

    FaultsE2E(Tenant tenant) {
        this.tenant = tenant;
        this.pool = tenant.pool();
    }

    @BeforeAll
    void applyTheExample() {
        tenant.quickstart();
    }

    @Test
    void serviceGoesOnWhenAPodIsKilled() {
        try (var load = Load.start(pool.target(), tenant.postgres(), CLIENTS)) {
            // given
            var victim = pool.pods().getFirst().at("/metadata/name").asText();

            // when
            pool.kubectl().succeed("delete", "pod", victim, "--force", "--grace-period=0");
            var before = load.committed();
            Progress.until("work goes on", LIMIT, () -> load.committed() > before + 500);
            pool.await("Ready", "True", LIMIT);

            // then
            var tally = load.finish();
            assertThat(tally.broken())
                    .as("at most one transaction of each client")
                    .hasSizeLessThanOrEqualTo(CLIENTS);
            assertThat(tally.longestOutage()).isLessThan(Duration.ofSeconds(20));
            assertThat(pool.pods())
                    .hasSize(2)
                    .noneMatch(pod -> pod.at("/metadata/name").asText().equals(victim));
        }
    }

    @Test
    void aMissingSecretIsNamedWhileRunningPodsServe() {
        // given
        var runs = pool.runs();
        var secret = "secret-of-bob";

        // when
        pool.set("/spec/auth/users/-", "{\"name\": \"bob\", \"secretRef\": {\"name\": \"%s\"}}".formatted(secret));
        pool.await("SecretsResolved", "False", LIMIT);

        // then
        var resolved = Pool.condition(pool.resource(), "SecretsResolved").orElseThrow();
        assertThat(resolved.path("message").asText()).contains(secret);
        assertThat(resolved.path("reason").asText()).isEqualTo("NotFound");
        assertThat(Pool.says(pool.resource(), "Ready", "False")).isTrue();
        assertThat(pool.target().psql("select 1").out()).isEqualTo("1\n");

        // when
        tenant.role("bob", "password-of-bob");
        tenant.kubectl().succeed("create", "secret", "generic", secret, "--from-literal=password=password-of-bob");
        pool.await("Ready", "True", LIMIT);

        // then
        var answer = pool.target().as("bob", "password-of-bob").psql("select current_user");
        assertThat(answer.all().strip()).isEqualTo("bob");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void aServerThatRefusesTheLoginIsNamed() {
        // given
        tenant.superuser("alter role app password 'another'");
        tenant.superuser("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'");

        // when
        var took = Progress.until("the status says so", LIMIT, () -> {
            pool.target().psql("select 1");
            return Pool.says(pool.resource(), "ServersReachable", "False");
        });

        // then
        Progress.say("a server that lets nobody in was named after " + took.toMillis() + " ms");
        var condition = Pool.condition(pool.resource(), "ServersReachable").orElseThrow();
        assertThat(condition.path("reason").asText()).isEqualTo("AuthFailed");
        assertThat(condition.path("message").asText()).contains("database app", "postgres");
        Progress.until(
                "an Event tells it",
                LIMIT,
                () -> tenant.kubectl().succeed("get", "events").contains("ServerUnreachable"));

        // and back
        tenant.superuser("alter role app password '" + Tenant.PASSWORD + "'");
        Progress.until("the status says so", LIMIT, () -> {
            pool.target().psql("select 1");
            return Pool.says(pool.resource(), "ServersReachable", "True");
        });
    }

    @Test
    void podsServeWithoutTheOperatorAndItCatchesUp() {
        // given
        var operator = tenant.kubectl().in(Cluster.OPERATOR_NAMESPACE);
        operator.succeed("scale", "deployment", "--all", "--replicas=0");
        Progress.until(
                "the operator is gone", LIMIT, () -> operator.list("pods", "").isEmpty());

        // when
        pool.set("/spec/databases/0/poolSize", "6");
        var without = pool.target().psql("select 1");
        operator.succeed("scale", "deployment", "--all", "--replicas=1");
        pool.await("ConfigApplied", "True", LIMIT);

        // then
        assertThat(without.out()).isEqualTo("1\n");
    }

    /// Nothing waits for an operator that is not there: there is no finalizer.
    @Test
    void aPoolThatIsDeletedWithoutTheOperatorIsGoneWithAllItHad() {
        // given
        var kubectl = tenant.kubectl();
        var other = new Pool(kubectl, "leaving");
        kubectl.apply(MINIMAL.formatted("leaving"));
        other.awaitReady();
        var had = kubectl.list(KINDS, "pgdoorman.io/pool=leaving");
        var operator = kubectl.in(Cluster.OPERATOR_NAMESPACE);
        operator.succeed("scale", "deployment", "--all", "--replicas=0");
        Progress.until(
                "the operator is gone", LIMIT, () -> operator.list("pods", "").isEmpty());

        // when
        kubectl.succeed("delete", "doormanpool", "leaving", "--timeout=30s");

        // then
        Progress.until(
                "its objects and pods are gone",
                LIMIT,
                () -> kubectl.list(KINDS, "pgdoorman.io/pool=leaving").isEmpty());
        assertThat(had).hasSizeGreaterThan(5);
        operator.succeed("scale", "deployment", "--all", "--replicas=1");
        pool.set("/spec/databases/0/poolSize", "8");
        pool.await("Ready", "True", LIMIT);
    }

    @Test
    void aConfigMapEditedByHandIsRepairedAndTold() {
        // given
        var runs = pool.runs();
        var name = pool.name() + "-config";
        var good = tenant.kubectl().get("configmap", name).orElseThrow().path("data");

        // when
        tenant.kubectl()
                .succeed(
                        "patch",
                        "configmap",
                        name,
                        "--type=merge",
                        "-p",
                        "{\"data\": {\"pgdoorman.yaml\": \"general: {}\"}}");
        var took = Progress.until(
                "the ConfigMap is as it was",
                LIMIT,
                () -> tenant.kubectl()
                        .get("configmap", name)
                        .orElseThrow()
                        .path("data")
                        .equals(good));

        // then
        Progress.say("an edited ConfigMap was repaired after " + took.toMillis() + " ms");
        Progress.until(
                "an Event tells it",
                LIMIT,
                () -> tenant.kubectl().succeed("get", "events").contains("DriftRepaired"));
        assertThat(pool.target().psql("select 1").out()).isEqualTo("1\n");
        assertThat(pool.runs()).isEqualTo(runs);
    }

    @Test
    void anObjectOfSomebodyElseIsLeftAloneAndNamed() {
        // given
        var kubectl = tenant.kubectl();
        kubectl.succeed("create", "configmap", "taken-config", "--from-literal=mine=yes");
        var other = new Pool(kubectl, "taken");

        // when
        kubectl.apply(MINIMAL.formatted("taken"));
        other.await("Stalled", "True", LIMIT);

        // then
        var stalled = Pool.condition(other.resource(), "Stalled").orElseThrow();
        assertThat(stalled.path("reason").asText()).isEqualTo("ChildConflict");
        assertThat(stalled.path("message").asText()).contains("ConfigMap taken-config");
        var untouched = kubectl.get("configmap", "taken-config").orElseThrow();
        assertThat(untouched.path("data").path("mine").asText()).isEqualTo("yes");
        assertThat(untouched.path("data")).hasSize(1);
        assertThat(untouched.at("/metadata/ownerReferences").isMissingNode()).isTrue();
        kubectl.succeed("delete", "doormanpool/taken", "configmap/taken-config");
    }

    @Test
    void aSecretWithoutTheKeyIsNamedWhileRunningPodsServe() {
        // given
        var secret = "wrong-keys";
        tenant.kubectl().succeed("create", "secret", "generic", secret, "--from-literal=passwort=x");

        // when
        pool.set("/spec/auth/users/-", "{\"name\": \"carol\", \"secretRef\": {\"name\": \"%s\"}}".formatted(secret));
        pool.await("SecretsResolved", "False", LIMIT);

        // then
        var resolved = Pool.condition(pool.resource(), "SecretsResolved").orElseThrow();
        assertThat(resolved.path("reason").asText()).isEqualTo("KeyMissing");
        assertThat(resolved.path("message").asText()).contains("Secret wrong-keys has no key password");
        assertThat(pool.target().psql("select 1").out()).isEqualTo("1\n");
        tenant.kubectl().succeed("patch", "secret", secret, "-p", "{\"stringData\": {\"password\": \"x\"}}");
        pool.await("Ready", "True", LIMIT);
    }
}
