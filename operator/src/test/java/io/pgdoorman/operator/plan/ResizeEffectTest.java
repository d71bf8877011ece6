package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.ChangeClass;
import io.pgdoorman.operator.api.v1alpha1.SpecChange;
import io.pgdoorman.operator.child.ResizeNote;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Sizes of containers are changed on a live pool: what values predict is what the plan does.
class ResizeEffectTest {

    /// Lines of a spec before and after, separated by newlines.
    record Row(String before, String after, ChangeClass effect) {}

    private static Row inPlace(String before, String after) {
        return new Row(before, after, ChangeClass.RESIZE);
    }

    private static Row anew(String before, String after) {
        return new Row(before, after, ChangeClass.ROLL);
    }

    private static String resources(String requests, String limits) {
        return "resources: {requests: {" + requests + "}, limits: {" + limits + "}}";
    }

    private static String overlay(String pooler) {
        return "podTemplate: {spec: {containers: [{name: pooler, " + pooler + "}]}}";
    }

    static Stream<Row> rows() {
        var usual = resources("cpu: 200m, memory: 64Mi", "memory: 512Mi");
        var heap = "\njvm: {heapPercent: 50}";
        return Stream.of(
                inPlace(usual, resources("cpu: 300m, memory: 64Mi", "memory: 512Mi")),
                inPlace(usual, resources("cpu: 200m, memory: 96Mi", "memory: 512Mi")),
                inPlace(usual, resources("cpu: 200m, memory: 64Mi", "memory: 1Gi")),
                inPlace(usual, resources("cpu: 200m, memory: 64Mi", "memory: 256Mi")),
                inPlace(usual + heap, resources("cpu: 300m, memory: 64Mi", "memory: 512Mi") + heap),
                anew(usual + heap, resources("cpu: 200m, memory: 64Mi", "memory: 1Gi") + heap),
                inPlace("resources: {requests: {cpu: 1}}", "resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}"),
                inPlace("resources: {limits: {cpu: 1100m}}", "resources: {limits: {cpu: 2}}"),
                anew("resources: {limits: {cpu: 1}}", "resources: {limits: {cpu: 1100m}}"),
                anew(usual, resources("cpu: 200m, memory: 64Mi", "memory: 512Mi, cpu: 2")),
                anew("resources: {limits: {cpu: 2}}", "resources: {requests: {cpu: 2}}"),
                anew(usual, resources("memory: 64Mi", "memory: 512Mi")),
                anew(usual, resources("cpu: 200m, memory: 64Mi", "")),
                anew(usual, ""),
                anew("", usual),
                anew(resources("", "cpu: 1, memory: 1Gi"), resources("cpu: 500m", "cpu: 1, memory: 1Gi")),
                anew(usual, resources("cpu: 200m, memory: 64Mi, ephemeral-storage: 1Gi", "memory: 512Mi")),
                inPlace(
                        overlay("resources: {requests: {cpu: 100m}}"),
                        overlay("resources: {requests: {cpu: 200m, memory: 1Mi}}")),
                inPlace(
                        usual + "\n" + overlay("resources: {requests: {cpu: 100m}}"),
                        usual + "\n" + overlay("resources: {requests: {cpu: 150m}}")),
                anew(overlay("resources: {limits: {cpu: 1}}"), overlay("resources: {limits: {cpu: 2}}")),
                anew(
                        overlay("resources: {requests: {cpu: 100m}}"),
                        overlay("resources: {requests: {cpu: 200m}}, tty: true")),
                anew(
                        "resources: {limits: {memory: 1Gi}}\n"
                                + overlay("resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]"),
                        "resources: {limits: {memory: 2Gi}}\n"
                                + overlay("resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]")),
                anew(
                        "resources: {limits: {memory: 1Gi}}\n"
                                + "env: [{name: MOST, valueFrom: {resourceFieldRef: {resource: limits.memory}}}]",
                        "resources: {limits: {memory: 2Gi}}\n"
                                + "env: [{name: MOST, valueFrom: {resourceFieldRef: {resource: limits.memory}}}]"),
                anew(
                        "sidecars: [{name: proxy, image: 'proxy:1', resources: {requests: {cpu: 100m}}}]",
                        "sidecars: [{name: proxy, image: 'proxy:1', resources: {requests: {cpu: 200m}}}]"),
                anew(usual, resources("cpu: 300m, memory: 64Mi", "memory: 512Mi") + "\nimage: pooler:2"));
    }

    private static String[] lines(String text) {
        return text.isEmpty() ? new String[0] : text.split("\n");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void whatIsPredictedHappens(Row row) {
        // given
        var scene = Scene.settled(lines(row.before()));
        var before = scene.pool().getSpec();
        var deployed = scene.deployment();

        // when
        scene.edit(lines(row.after()));
        var predicted =
                SpecChange.effect(SpecChange.between(before, scene.pool().getSpec()));
        scene.planAndApply();
        scene.pod("a", scene.stored().current().hash())
                .pod("b", scene.stored().current().hash());
        scene.planAndApply();

        // then
        assertThat(predicted).isEqualTo(row.effect());
        assertThat(effect(deployed, scene.deployment())).isEqualTo(row.effect());
    }

    private static ChangeClass effect(Deployment before, Deployment now) {
        if (ResizeNote.on(now) != null) {
            return ChangeClass.RESIZE;
        }
        var isSame = before.getSpec().getTemplate().equals(now.getSpec().getTemplate());
        return isSame ? ChangeClass.DESIRED : ChangeClass.ROLL;
    }
}
