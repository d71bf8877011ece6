package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.child.Rollback;
import io.pgdoorman.operator.child.Upgrade;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A new operator replaces no pods unless their owner wants it.
class UpgradeTest {

    private static final String NEW = "pgdoorman/pooler:next";

    private static Scene settled(String... extra) {
        var scene = new Scene(extra);
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

    private static DoormanPoolStatus.@Nullable Upgrade offer(Scene scene) {
        return Upgrade.offer(
                scene.pool(), deployment(scene), new Upgrade.Newest(scene.defaultImage(), scene.bootHash()));
    }

    private static void stuck(Scene scene) {
        deployment(scene).getMetadata().setGeneration(2L);
        deployment(scene)
                .setStatus(new DeploymentStatusBuilder()
                        .withObservedGeneration(2L)
                        .addNewCondition()
                        .withType("Progressing")
                        .withReason("ProgressDeadlineExceeded")
                        .endCondition()
                        .build());
    }

    @Test
    void aNewDefaultImageIsOfferedAndWritesNothing() {
        // given
        var scene = settled();

        // when
        var steps = scene.operator(NEW).plan().steps();

        // then
        assertThat(steps).isEmpty();
        assertThat(Objects.requireNonNull(offer(scene)).image()).isEqualTo(NEW);
    }

    @Test
    void isTakenWhenItsHashIsAccepted() {
        // given
        var scene = settled().operator(NEW);
        var hash = Objects.requireNonNull(offer(scene)).hash();

        // when
        scene.annotate(DoormanPool.ACCEPT_UPGRADE, hash).planAndApply();

        // then
        assertThat(image(scene)).isEqualTo(NEW);
        assertThat(offer(scene)).isNull();
        assertThat(scene.plan().steps()).isEmpty();

        // and when
        scene.operator("pgdoorman/pooler:third").planAndApply();

        // then
        assertThat(image(scene)).as("one acceptance is for one upgrade").isEqualTo(NEW);
    }

    @Test
    void isTakenAtOnceWhereItsOwnerWantsThat() {
        // given
        var scene = settled("rollout: {upgrades: Automatic}");

        // when
        scene.operator(NEW).planAndApply();

        // then
        assertThat(image(scene)).isEqualTo(NEW);
    }

    @Test
    void anEditThatReplacesPodsKeepsTheImageThatTheyHad() {
        // given
        var scene = settled().operator(NEW);

        // when
        scene.edit("priorityClassName: high").planAndApply();

        // then
        assertThat(image(scene)).isEqualTo(Scene.IMAGE);
        assertThat(deployment(scene).getSpec().getTemplate().getSpec().getPriorityClassName())
                .isEqualTo("high");
        assertThat(Objects.requireNonNull(offer(scene)).image()).isEqualTo(NEW);
    }

    @Test
    void aPoolThatNamesItsImageIsOfferedNoneAndGetsTheDefaultWhenItNamesNoneAnyMore() {
        // given
        var scene = settled("image: own:1").operator(NEW);
        assertThat(offer(scene)).isNull();

        // when
        scene.edit().planAndApply();

        // then
        assertThat(image(scene)).isEqualTo(NEW);
    }

    @Test
    void anUpgradeThatFailsGoesBackAndIsNotTriedAgain() {
        // given
        var scene = settled().operator(NEW);
        scene.annotate(
                        DoormanPool.ACCEPT_UPGRADE,
                        Objects.requireNonNull(offer(scene)).hash())
                .planAndApply();
        stuck(scene);

        // when
        scene.planAndApply();

        // then
        assertThat(image(scene)).isEqualTo(Scene.IMAGE);
        assertThat(Rollback.failure(deployment(scene))).isNotNull();
        assertThat(scene.plan().steps()).isEmpty();
    }
}
