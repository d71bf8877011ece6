package io.pgdoorman.operator.child;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class DriftTest {

    private static DoormanPool pool(String... extra) {
        var manifest = """
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanPool
            metadata: {name: shop, namespace: prod, uid: u-1, generation: 1}
            spec:
              servers: [{name: main, host: db.example}]
              databases: [{name: shop, serverRefs: [main]}]
              auth: {users: [{name: app, secretRef: {name: app-db}}]}
            """ + "  " + String.join("\n  ", extra);
        if (Manifest.readAll(manifest).getFirst() instanceof Manifest.Read.Valid(var valid)) {
            return valid;
        }
        throw new AssertionError(manifest);
    }

    private static Deployment deployment(DoormanPool pool) {
        return Drift.marked(DeploymentChild.of(pool, "pooler:1", "boot"));
    }

    @Test
    void whatTheServerLeavesOutAsItSaysNothingIsNoDrift() throws Exception {
        // given
        var pool = pool("podTemplate: {spec: {hostNetwork: false, containers: [{name: pooler, stdin: false,"
                + " readinessProbe: {initialDelaySeconds: 0}}]}}");
        var kept = new YAMLMapper()
                .writeValueAsString(deployment(pool))
                .lines()
                .filter(line -> !line.contains("hostNetwork")
                        && !line.contains("stdin")
                        && !line.contains("initialDelaySeconds"))
                .toList();
        var live = new YAMLMapper().readValue(String.join("\n", kept), Deployment.class);

        // when
        var isNeeded = Drift.isNeeded(live, deployment(pool));

        // then: else each pass would write it again
        assertThat(isNeeded).isFalse();
    }

    @Test
    void anItemThatSomebodyElseAddedToAListWithKeysIsTheirs() {
        // given
        var live = deployment(pool("env: [{name: TZ, value: UTC}]"));
        live.getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv()
                .addFirst(new EnvVar("THEIRS", "yes", null));

        // when
        var isNeeded = Drift.isNeeded(live, deployment(pool("env: [{name: TZ, value: UTC}]")));
        var isMissed = Drift.isNeeded(live, deployment(pool("env: [{name: TZ, value: CET}]")));

        // then: server-side apply leaves it there, so that writing would never end
        assertThat(isNeeded).isFalse();
        assertThat(isMissed).isTrue();
    }

    @Test
    void aSelectorThatSomebodyNarrowedIsRepaired() {
        // given
        var wanted = ServiceChild.of(pool());
        var live = new ServiceBuilder(Drift.marked(ServiceChild.of(pool())))
                .editSpec()
                .addToSelector("theirs", "yes")
                .endSpec()
                .build();

        // when
        var isNeeded = Drift.isNeeded(live, Drift.marked(wanted));

        // then
        assertThat(isNeeded).isTrue();
    }

    @Test
    void aNetworkPolicyThatSomebodyOpenedIsRepaired() {
        // given
        var pool = pool("networkPolicy: {enabled: true}");
        var wanted = Drift.marked(NetworkPolicyChild.of(pool, new TreeSet<>(), "doorman"));
        var live = new NetworkPolicyBuilder(wanted).build();
        live.getSpec().getIngress().getFirst().getFrom().getFirst().setNamespaceSelector(new LabelSelector());

        // when
        var isNeeded = Drift.isNeeded(live, wanted);

        // then
        assertThat(isNeeded).isTrue();
    }

    @Test
    void whatWasAppliedIsNoDrift() {
        // given
        var live = new DeploymentBuilder(deployment(pool())).build();
        live.getMetadata().setLabels(new TreeMap<>(live.getMetadata().getLabels()));
        live.getMetadata().getLabels().putAll(Map.of("theirs", "yes"));

        // when
        var isNeeded = Drift.isNeeded(live, deployment(pool()));

        // then
        assertThat(isNeeded).isFalse();
    }
}
