package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.child.Rollback;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.plan.Step.Apply;
import org.junit.jupiter.api.Test;

class RollbackTest {

    /// A new pod that cannot start, and the controller's word that it waited long enough.
    private static Scene stuck(Scene scene) {
        scene.pod(new PodView("c", null, false, false, scene.bootHash(), null, "ErrImagePull: no such image", null));
        return scene.stuck(1);
    }

    @Test
    void aTemplateWhosePodsDoNotBecomeReadyGivesWayToTheLastGoodOne() {
        // given
        var scene = Scene.settled("image: pooler:1");
        scene.edit("image: pooler:2");
        scene.planAndApply();
        var tried = scene.image();
        stuck(scene);

        // when
        scene.planAndApply();

        // then
        assertThat(tried).isEqualTo("pooler:2");
        assertThat(scene.image()).isEqualTo("pooler:1");
        assertThat(Rollback.failure(scene.deployment())).isEqualTo("pod c (ErrImagePull: no such image)");
        assertThat(scene.plan().steps()).as("what failed is not tried again").isEmpty();
    }

    @Test
    void anotherSpecIsTriedAndTheOldOneIsAsItWas() {
        // given
        var scene = Scene.settled("image: pooler:1");
        var good = scene.deployment().getSpec().getTemplate();
        scene.edit("image: pooler:2");
        scene.planAndApply();
        stuck(scene).planAndApply();
        var back = scene.deployment().getSpec().getTemplate();

        // when
        scene.edit("image: pooler:3");
        scene.planAndApply();

        // then
        assertThat(back).isEqualTo(good);
        assertThat(scene.image()).isEqualTo("pooler:3");
        assertThat(Rollback.failure(scene.deployment())).isNull();

        // and when
        stuck(scene).planAndApply();

        // then
        assertThat(scene.image()).as("the first one is still the last good one").isEqualTo("pooler:1");
    }

    @Test
    void replicasAndHotChangesGoOnWhileTheTemplateIsTheLastGoodOne() {
        // given
        var scene = Scene.settled("image: pooler:1");
        scene.edit("image: pooler:2");
        scene.planAndApply();
        stuck(scene).planAndApply();

        // when
        scene.edit("image: pooler:2", "replicas: 4");
        scene.planAndApply();

        // then
        assertThat(scene.image()).isEqualTo("pooler:1");
        assertThat(scene.deployment().getSpec().getReplicas()).isEqualTo(4);
    }

    @Test
    void theFirstTemplateAndOneWithAnotherPortStayWhereTheyAreStuck() {
        // given
        var first = new Scene("image: pooler:1");
        first.planAndApply();
        stuck(first);
        var port = Scene.settled("image: pooler:1");
        port.edit("image: pooler:1", "port: 7000");
        port.planAndApply();
        port.pod("a", port.hash()).pod("b", port.hash());
        port.planAndApply();
        stuck(port);

        // when
        var steps = port.plan().steps();
        first.planAndApply();

        // then
        assertThat(first.image()).isEqualTo("pooler:1");
        assertThat(Rollback.failure(first.deployment())).isNull();
        assertThat(steps).noneMatch(step -> step instanceof Apply(var child) && child instanceof Deployment);
    }
}
