package io.pgdoorman.operator.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.pgdoorman.operator.api.v1alpha1.ContainerSize;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PodSizeTest {

    private static final ContainerSize LARGE = size("200m", "512Mi");

    private static ResourceRequirements resources(String cpu, String memory) {
        return new ResourceRequirementsBuilder()
                .withRequests(Map.of("cpu", new Quantity(cpu)))
                .withLimits(Map.of("memory", new Quantity(memory)))
                .build();
    }

    private static ContainerSize size(String cpu, String memory) {
        return ContainerSize.of(resources(cpu, memory));
    }

    private static PodSize of(String spec, String status) {
        var text = "metadata: {name: a}\nspec: {containers: [{name: proxy}, {name: pooler, resources: " + spec
                + "}]}\nstatus: " + status;
        return Objects.requireNonNull(PodSize.of(Serialization.unmarshal(text, Pod.class)));
    }

    private static String resources(String cpu, String memory, String request) {
        return "{requests: {cpu: " + cpu + ", memory: " + request + "}, limits: {memory: " + memory + "}}";
    }

    private static String running(String resources, String conditions) {
        return "{conditions: [" + conditions + "], containerStatuses: [{name: pooler, state: {running: {}}, resources: "
                + resources + "}]}";
    }

    @Test
    void hasWhatItsKubeletSaysInWhateverUnit() {
        // when
        var size = of(
                resources("0.2", "512Mi", "512Mi"),
                running(resources("200m", "536870912", "512Mi"), "{type: Ready, status: 'True'}"));

        // then
        assertThat(size.asks(LARGE)).isTrue();
        assertThat(size.has(LARGE)).isTrue();
        assertThat(size.has(size("200m", "256Mi"))).isFalse();
    }

    @Test
    void hasNotWhatItWasOnlyAskedFor() {
        // when
        var size = of(resources("200m", "512Mi", "512Mi"), running(resources("100m", "512Mi", "512Mi"), ""));
        var silent =
                of(resources("200m", "512Mi", "512Mi"), "{containerStatuses: [{name: pooler, state: {running: {}}}]}");
        var working = of(
                resources("200m", "512Mi", "512Mi"),
                running(resources("200m", "512Mi", "512Mi"), "{type: PodResizeInProgress, status: 'True'}"));

        // then
        assertThat(size.asks(LARGE)).isTrue();
        assertThat(size.has(LARGE)).isFalse();
        assertThat(silent.has(LARGE)).as("an older kubelet").isFalse();
        assertThat(working.has(LARGE)).isFalse();
        assertThat(working.pending()).isEqualTo("in progress");
    }

    @Test
    void willHaveItWhenItsContainerStarts() {
        // when
        var size = of(resources("200m", "512Mi", "512Mi"), "{containerStatuses: []}");

        // then
        assertThat(size.has(LARGE)).isTrue();
    }

    @Test
    void saysWhyNot() {
        // when
        var never = of(
                resources("200m", "512Mi", "512Mi"),
                running(
                        resources("100m", "512Mi", "512Mi"),
                        "{type: PodResizePending, status: 'True', reason: Infeasible, message: too much}"));
        var later = of(
                resources("200m", "512Mi", "512Mi"),
                running(
                        resources("100m", "512Mi", "512Mi"),
                        "{type: PodResizePending, status: 'True', reason: Deferred, message: not now}"));

        // then
        assertThat(never.isImpossible()).isTrue();
        assertThat(never.pending()).isEqualTo("Infeasible: too much");
        assertThat(later.isImpossible()).isFalse();
        assertThat(later.pending()).isEqualTo("Deferred: not now");
    }

    @Test
    void aRequestThatIsAbsentIsItsLimit() {
        // then
        assertThat(LARGE.requests()).containsEntry("memory", new Quantity("512Mi"));
        assertThat(size("100m", "256Mi").changesTo(LARGE))
                .isEqualTo("requests.cpu 100m -> 200m, requests.memory 256Mi -> 512Mi, limits.memory 256Mi -> 512Mi");
    }
}
