package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.pgdoorman.operator.child.Rollback;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.plan.Step.Apply;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RollbackTest {

    private static Scene settled() {
        var scene = new Scene("image: pooler:1");
        scene.planAndApply();
        scene.rolledOut().pod("a", scene.hash()).pod("b", scene.hash());
        scene.planAndApply();
        return scene;
    }

    private static Deployment deployment(Scene scene) {
        return Objects.requireNonNull(scene.children().deployment());
    }

    private static String image(Scene scene) {
        return deployment(scene)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getImage();
    }

    /// A new pod that cannot start, and the controller's word that it waited long enough.
    private static Scene stuck(Scene scene) {
        scene.pod(new PodView("c", null, false, false, scene.bootHash(), null, "ErrImagePull: no such image", null));
        deployment(scene).getMetadata().setGeneration(2L);
        deployment(scene)
                .setStatus(new DeploymentStatusBuilder()
                        .withObservedGeneration(2L)
                        .withReplicas(3)
                        .withUpdatedReplicas(1)
                        .withUnavailableReplicas(1)
                        .addNewCondition()
                        .withType("Progressing")
                        .withReason("ProgressDeadlineExceeded")
                        .endCondition()
                        .build());
        return scene;
    }

    @Test
    void aTemplateWhosePodsDoNotBecomeReadyGivesWayToTheLastGoodOne() {
        // given
        var scene = settled();
        scene.edit("image: pooler:2");
        scene.planAndApply();
        var tried = image(scene);
        stuck(scene);

        // when
        scene.planAndApply();

        // then
        assertThat(tried).isEqualTo("pooler:2");
        assertThat(image(scene)).isEqualTo("pooler:1");
        assertThat(Rollback.failure(deployment(scene))).isEqualTo("pod c (ErrImagePull: no such image)");
        assertThat(scene.plan().steps()).as("what failed is not tried again").isEmpty();
    }

    @Test
    void anotherSpecIsTriedAndTheOldOneIsAsItWas() {
        // given
        var scene = settled();
        var good = deployment(scene).getSpec().getTemplate();
        scene.edit("image: pooler:2");
        scene.planAndApply();
        stuck(scene).planAndApply();
        var back = deployment(scene).getSpec().getTemplate();

        // when
        scene.edit("image: pooler:3");
        scene.planAndApply();

        // then
        assertThat(back).isEqualTo(good);
        assertThat(image(scene)).isEqualTo("pooler:3");
        assertThat(Rollback.failure(deployment(scene))).isNull();

        // and when
        stuck(scene).planAndApply();

        // then
        assertThat(image(scene)).as("the first one is still the last good one").isEqualTo("pooler:1");
    }

    @Test
    void replicasAndHotChangesGoOnWhileTheTemplateIsTheLastGoodOne() {
        // given
        var scene = settled();
        scene.edit("image: pooler:2");
        scene.planAndApply();
        stuck(scene).planAndApply();

        // when
        scene.edit("image: pooler:2", "replicas: 4");
        scene.planAndApply();

        // then
        assertThat(image(scene)).isEqualTo("pooler:1");
        assertThat(deployment(scene).getSpec().getReplicas()).isEqualTo(4);
    }

    @Test
    void theFirstTemplateAndOneWithAnotherPortStayWhereTheyAreStuck() {
        // given
        var first = new Scene("image: pooler:1");
        first.planAndApply();
        stuck(first);
        var port = settled();
        port.edit("image: pooler:1", "port: 7000");
        port.planAndApply();
        port.pod("a", port.hash()).pod("b", port.hash());
        port.planAndApply();
        stuck(port);

        // when
        var steps = port.plan().steps();
        first.planAndApply();

        // then
        assertThat(image(first)).isEqualTo("pooler:1");
        assertThat(Rollback.failure(deployment(first))).isNull();
        assertThat(steps).noneMatch(step -> step instanceof Apply(var child) && child instanceof Deployment);
    }
}
