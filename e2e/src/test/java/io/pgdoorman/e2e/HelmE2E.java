package io.pgdoorman.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The chart as a user installs it, for two namespaces and without a right outside of them; `helm test` runs SQL
/// through a pool with the Secret of a claim.
@OnCluster
class HelmE2E {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration FIRST_USE = Duration.ofMinutes(10);
    private static final String RELEASE = "doorman";
    private static final String SECRET = "orders";

    private final Tenant tenant;
    private final Pool pool;
    private final Kubectl apps;
    private final Kubectl operator;

    HelmE2E(Tenant tenant, Kubectl cluster) {
        this.tenant = tenant;
        this.pool = tenant.pool();
        this.apps = cluster.in(tenant.name() + "-apps");
        this.operator = cluster.in(Cluster.OPERATOR_NAMESPACE);
    }

    @BeforeAll
    void replaceTheOperator() {
        apps.in("").apply("""
            apiVersion: v1
            kind: Namespace
            metadata:
              name: %s
              labels: {pod-security.kubernetes.io/enforce: restricted}
            """.formatted(apps.namespace()));
        operator.succeed("scale", "deployment", "--all", "--replicas=0");
        Progress.until(
                "the operator is gone", LIMIT, () -> operator.list("pods", "").isEmpty());
    }

    @AfterAll
    void bringTheOperatorBack() {
        helm("uninstall", RELEASE, "--wait", "--ignore-not-found");
        operator.succeed("scale", "deployment", "--all", "--replicas=1");
        operator.succeed("rollout", "status", "deployment", "--timeout=120s");
        apps.command("delete", "namespace", apps.namespace(), "--timeout=120s")
                .within(Duration.ofMinutes(3))
                .run();
    }

    @Test
    void itsTestRunsSqlThroughAPool() {
        // given
        var installed = helm(
                "install",
                RELEASE,
                Cluster.ROOT.resolve("charts/doorman").toString(),
                "--wait",
                "--timeout=120s",
                "--set=crds.install=false",
                "--set=image.tag=dev",
                "--set=poolerImage.tag=dev",
                "--set=watchNamespaces={" + tenant.name() + "," + apps.namespace() + "}",
                "--set=test.image=" + Images.POSTGRES,
                "--set=test.secretName=" + SECRET);
        assertThat(installed.succeeded()).as(installed.all()).isTrue();
        tenant.quickstart();
        pool.set("/spec/access", """
            {"rules": [{"name": "apps", "from": {"namespaces": ["%s"]}, "databases": ["app"],
              "roles": [{"name": "ReadWrite", "user": "app"}]}]}\
            """.formatted(apps.namespace()));
        apps.apply("""
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanDatabaseAccess
            metadata: {name: %s}
            spec: {poolRef: {name: %s, namespace: %s}, database: app}
            """.formatted(SECRET, pool.name(), tenant.name()));
        apps.succeed("wait", "--for=condition=Ready", "doormandatabaseaccess/" + SECRET, "--timeout=90s");

        // when
        var tested = helm("test", RELEASE, "--logs", "--timeout=120s");

        // then
        assertThat(tested.succeeded()).as(tested.all()).isTrue();
        assertThat(tested.out()).contains("SQL runs through " + pool.name() + "." + tenant.name() + ".svc:6432");

        // and when what it needs is taken away
        pool.set("/spec/access", "{}");
        Progress.until(
                "the Secret is gone", LIMIT, () -> apps.get("secret", SECRET).isEmpty());
        apps.succeed(
                "create",
                "secret",
                "generic",
                SECRET,
                "--from-literal=host=" + pool.name() + "." + tenant.name() + ".svc",
                "--from-literal=port=6432",
                "--from-literal=dbname=app",
                "--from-literal=user=app",
                "--from-literal=password=wrong");
        var failed = helm("test", RELEASE, "--logs", "--timeout=120s");

        // then
        assertThat(failed.succeeded()).isFalse();
        assertThat(failed.all()).contains("password authentication failed");
    }

    private Command.Output helm(String... words) {
        var all = new ArrayList<>(
                List.of(Cluster.ROOT.resolve("e2e/install/helm").toString(), "--namespace=" + apps.namespace()));
        all.addAll(List.of(words));
        return Command.of(all)
                .with(Map.of("KUBECONFIG", apps.kubeconfig().toString()))
                .within(FIRST_USE)
                .run();
    }
}
