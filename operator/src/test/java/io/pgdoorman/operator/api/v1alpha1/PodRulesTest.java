package io.pgdoorman.operator.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgdoorman.operator.plan.Scene;
import io.pgdoorman.operator.status.StatusMaker;
import io.pgdoorman.operator.status.StatusMaker.Circumstances;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the API server lets through, as it knows no fields there.
class PodRulesTest {

    private static final String FORM = "is not of the form that a pod's spec has there";
    private static final String CONTAINERS = "expected a list of containers to be merged";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        terminationGracePeriodSeconds: long         | terminationGracePeriodSeconds
        nodeSelector: {tier: [gold]}                | nodeSelector.tier
        containers: [{name: pooler, env: {TZ: UTC}}]| containers[0].env
        volumes: [cache]                            | volumes[0]
        """)
    void anOverlayThatIsNoSpecOfAPodIsRefused(String overlay, String at) {
        // when
        var problems = problems(overlay);

        // then
        assertThat(problems).containsExactly("spec.podTemplate.spec." + at + ": " + FORM);
    }

    @Test
    void theContainerOfThePoolerStays() {
        // when
        var problems = problems("containers: {}");

        // then
        assertThat(problems).containsExactly("spec.podTemplate.spec.containers: " + CONTAINERS);
    }

    /// As the API server gives it to the operator, which reads no manifest.
    @Test
    void thePoolStandsStillAndTellsWhy() {
        // given
        var scene = Scene.settled().edit("podTemplate: {spec: {hostNetwork: false}}");
        var overlay =
                Objects.requireNonNull(scene.pool().getSpec().podTemplate()).spec();
        ((ObjectNode) Objects.requireNonNull(overlay)).put("hostNetwork", "maybe");

        // when
        var plan = scene.plan();
        var status = StatusMaker.make(
                scene.pool(),
                scene.seen(),
                plan,
                new Circumstances(Scene.IMAGE, scene.now(), null, List.of(), List.of()));

        // then
        assertThat(plan.steps()).isEmpty();
        assertThat(status.conditions())
                .filteredOn(condition -> condition.type().equals("Stalled"))
                .extracting(Condition::message)
                .containsExactly(
                        "spec.podTemplate.spec.hostNetwork: " + FORM + "; the last good configuration stays in use");
    }

    private static List<String> problems(String overlay) {
        var manifest = """
            apiVersion: pgdoorman.io/v1alpha1
            kind: DoormanPool
            metadata: {name: shop}
            spec:
              servers: [{name: main, host: db.example}]
              databases: [{name: shop, serverRefs: [main]}]
              auth: {users: [{name: app, secretRef: {name: app-db}}]}
              podTemplate: {spec: {%s}}
            """.formatted(overlay);
        return ((Manifest.Read.Invalid) Manifest.readAll(manifest).getFirst())
                .problems().stream().map(Problem::toString).toList();
    }
}
