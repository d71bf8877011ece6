package io.pgdoorman.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import org.junit.jupiter.api.Test;

class ClusterOnlyTest {

    private static final String PLAIN = """
        apiVersion: pgdoorman.io/v1alpha1
        kind: DoormanPool
        metadata: {name: shop}
        spec:
          servers: [{name: main, host: db.example}]
          databases: [{name: shop, serverRefs: [main]}]
          auth:
            users: [{name: app, secretRef: {name: app-db}}]
        """;

    private static final String MORE = """
            tokenIssuers: [{name: cluster, keys: {from: Cluster}, audiences: [doorman]}]
          tls: {client: {certSecretRef: {name: shop-tls}}}
          reload: {policy: Manual}
          budget: {maxServerConnections: 100}
          env: [{name: TZ, value: UTC}]
          volumes: [{name: scratch, emptyDir: {}}]
          volumeMounts: [{name: scratch, mountPath: /scratch}]
          sidecars: [{name: proxy, image: proxy}]
          version: 1.2.0
          jvm: {options: [-XX:+UseParallelGC]}
          podTemplate: {metadata: {labels: {team: shop}}}
          monitoring: {podMonitor: {enabled: true}}
          access:
            rules:
            - {name: r, from: {namespaces: [a]}, databases: [shop], roles: [{name: ReadWrite, user: app}]}
        """;

    private static DoormanPool pool(String manifest) {
        var read = Manifest.readAll(manifest).getFirst();
        assertThat(read).isInstanceOf(Manifest.Read.Valid.class);
        return ((Manifest.Read.Valid) read).pool();
    }

    @Test
    void whatOnlyAClusterHasIsNamedOneByOne() {
        // given
        var manifest = (PLAIN + MORE)
                .replace("certSecretRef: {name: shop-tls}", "issuerRef: {name: company}")
                .replace(
                        "metadata: {name: shop}",
                        "metadata: {name: shop, annotations: {pgdoorman.io/paused: \"true\"}}");

        // when
        var problems = ClusterOnly.of(pool(manifest));

        // then
        assertThat(problems)
                .extracting(problem ->
                        problem.toString().substring(0, problem.toString().indexOf(':')))
                .containsExactly(
                        "metadata.annotations.pgdoorman.io/paused",
                        "spec.reload.policy",
                        "spec.budget.maxServerConnections",
                        "spec.access.rules",
                        "spec.tls.client.issuerRef",
                        "spec.env",
                        "spec.jvm",
                        "spec.monitoring.podMonitor",
                        "spec.podTemplate",
                        "spec.sidecars",
                        "spec.version",
                        "spec.volumeMounts",
                        "spec.volumes",
                        "spec.auth.tokenIssuers[cluster].keys");
        assertThat(ClusterOnly.of(pool(PLAIN))).isEmpty();
    }
}
