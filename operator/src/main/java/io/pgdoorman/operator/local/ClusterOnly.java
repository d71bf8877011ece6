package io.pgdoorman.operator.local;

import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.api.v1alpha1.ReloadSpec;
import io.pgdoorman.operator.api.v1alpha1.TokenIssuerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a manifest may ask of a cluster and a machine cannot give; it is refused by name rather than passed over.
final class ClusterOnly {

    private ClusterOnly() {}

    static List<Problem> of(DoormanPool pool) {
        var spec = pool.getSpec();
        var problems = new ArrayList<Problem>();
        if (pool.isPaused()) {
            problems.add(new Problem(
                    "metadata.annotations." + DoormanPool.PAUSED,
                    "is for a cluster: here stop the command, or leave the file"));
        }
        if (spec.reload().policy() == ReloadSpec.Policy.Manual) {
            problems.add(
                    new Problem("spec.reload.policy", "Manual is for a cluster: here the file itself is the approval"));
        }
        if (spec.rollout().paused() || spec.rollout().canaryPods() > 0) {
            problems.add(new Problem(
                    "spec.rollout",
                    "paused and canaryPods are for a cluster: here processes are replaced one after the other"));
        }
        if (spec.autoscaling().enabled()) {
            problems.add(new Problem("spec.autoscaling.enabled", "is for a cluster: here set replicas"));
        }
        if (spec.budget().maxServerConnections() != null) {
            problems.add(new Problem(
                    "spec.budget.maxServerConnections",
                    "is for a cluster: here set poolSize for each of the processes"));
        }
        if (spec.readOnlyService().enabled()) {
            problems.add(new Problem(
                    "spec.readOnlyService.enabled",
                    "is for a cluster: here connect to database NAME-ro of the usual port"));
        }
        if (!spec.access().all().isEmpty()) {
            problems.add(new Problem(
                    "spec.access.rules", "are for a cluster: here is no namespace that could claim, list auth.users"));
        }
        if (spec.tls().client().issuerRef() != null) {
            problems.add(new Problem(
                    "spec.tls.client.issuerRef",
                    "is for a cluster: here nobody signs certificates, use certSecretRef"));
        }
        if (spec.auth().kerberos() != null) {
            problems.add(new Problem("spec.auth.kerberos", "is for a cluster: here poolers read /etc/krb5.keytab"));
        }
        template(spec, problems);
        spec.auth().tokenIssuers().stream()
                .filter(TokenIssuerSpec::isCluster)
                .forEach(issuer -> problems.add(new Problem(
                        "spec.auth.tokenIssuers[" + issuer.name() + "].keys",
                        "from Cluster are for a cluster: here take them from a Secret or a URL")));
        return List.copyOf(problems);
    }

    private static void template(DoormanPoolSpec spec, List<Problem> problems) {
        var asked = new TreeMap<String, Boolean>(Map.of(
                "env", spec.env() != null,
                "version", spec.version() != null,
                "jvm", spec.jvm() != null,
                "volumes", spec.volumes() != null,
                "volumeMounts", spec.volumeMounts() != null,
                "sidecars", spec.sidecars() != null,
                "podTemplate", spec.podTemplate() != null,
                "monitoring.podMonitor", spec.monitoring().podMonitor().enabled()));
        asked.forEach((field, isAsked) -> {
            if (isAsked) {
                problems.add(new Problem("spec." + field, "is for a cluster: here are processes and no pods"));
            }
        });
    }
}
