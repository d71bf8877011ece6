package io.pgdoorman.operator.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OverlayTest {

    private static PodTemplateSpec template() {
        return new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(Map.of("pgdoorman.io/pool", "shop"))
                .endMetadata()
                .withNewSpec()
                .withPriorityClassName("high")
                .addNewToleration()
                .withKey("old")
                .endToleration()
                .withContainers(new ContainerBuilder()
                        .withName("pooler")
                        .withImage("pooler:1")
                        .addNewEnv()
                        .withName("TZ")
                        .withValue("UTC")
                        .endEnv()
                        .addNewVolumeMount()
                        .withName("tmp")
                        .withMountPath("/tmp")
                        .endVolumeMount()
                        .build())
                .endSpec()
                .build();
    }

    private static PodSpec laid(String spec) throws Exception {
        JsonNode tree = new YAMLMapper().readTree(spec);
        return Overlay.on(template(), new PodTemplateOverlay(null, tree)).getSpec();
    }

    @Test
    void nothingChangesNothing() {
        // when
        var same = Overlay.on(template(), null);

        // then
        assertThat(same).isEqualTo(template());
    }

    @Test
    void listsWithAKeyAreMergedByItAndOthersReplaced() throws Exception {
        // when
        var spec = laid("""
            tolerations: [{key: new}]
            containers:
            - {name: log, image: log:1}
            - name: pooler
              env: [{name: TZ, value: CET}, {name: MORE, value: "1"}]
              volumeMounts: [{name: scratch, mountPath: /scratch}]
            """);

        // then
        assertThat(spec.getTolerations()).extracting(Toleration::getKey).containsExactly("new");
        assertThat(spec.getContainers()).extracting(Container::getName).containsExactly("pooler", "log");
        var pooler = spec.getContainers().getFirst();
        assertThat(pooler.getImage()).isEqualTo("pooler:1");
        assertThat(pooler.getEnv())
                .extracting(variable -> variable.getName() + "=" + variable.getValue())
                .containsExactly("TZ=CET", "MORE=1");
        assertThat(pooler.getVolumeMounts())
                .extracting(VolumeMount::getMountPath)
                .containsExactly("/tmp", "/scratch");
    }

    @Test
    void nullRemoves() throws Exception {
        // when
        var spec = laid("priorityClassName: null");

        // then
        assertThat(spec.getPriorityClassName()).isNull();
    }

    @Test
    void fieldsThatThisOperatorDoesNotKnowReachTheServer() throws Exception {
        // when
        var spec = laid("ofTomorrow: {a: 1}");

        // then
        assertThat(spec.getAdditionalProperties()).containsEntry("ofTomorrow", Map.of("a", 1));
    }

    @Test
    void labelsAreAddedToThePodsOwn() {
        // given
        var overlay = new PodTemplateOverlay(
                new PodTemplateOverlay.Metadata(Map.of("team", "shop"), Map.of("note", "x")), null);

        // when
        var meta = Overlay.on(template(), overlay).getMetadata();

        // then
        assertThat(meta.getLabels()).isEqualTo(Map.of("pgdoorman.io/pool", "shop", "team", "shop"));
        assertThat(meta.getAnnotations()).isEqualTo(Map.of("note", "x"));
    }
}
