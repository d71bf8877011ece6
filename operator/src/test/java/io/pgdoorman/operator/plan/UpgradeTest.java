package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

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

    private static DoormanPoolStatus.@Nullable Upgrade offer(Scene scene) {
        return Upgrade.offer(
                scene.pool(), scene.deployment(), new Upgrade.Newest(scene.defaultImage(), scene.bootHash()));
    }

    @Test
    void aNewDefaultImageIsOfferedAndWritesNothing() {
        // given
        var scene = Scene.settled();

        // when
        var steps = scene.operator(NEW).plan().steps();

        // then
        assertThat(steps).isEmpty();
        assertThat(Objects.requireNonNull(offer(scene)).image()).isEqualTo(NEW);
    }

    @Test
    void isTakenWhenItsHashIsAccepted() {
        // given
        var scene = Scene.settled().operator(NEW);
        var hash = Objects.requireNonNull(offer(scene)).hash();

        // when
        scene.annotate(DoormanPool.ACCEPT_UPGRADE, hash).planAndApply();

        // then
        assertThat(scene.image()).isEqualTo(NEW);
        assertThat(offer(scene)).isNull();
        assertThat(scene.plan().steps()).isEmpty();

        // and when
        scene.operator("pgdoorman/pooler:third").planAndApply();

        // then
        assertThat(scene.image()).as("one acceptance is for one upgrade").isEqualTo(NEW);
    }

    @Test
    void isTakenAtOnceWhereItsOwnerWantsThat() {
        // given
        var scene = Scene.settled("rollout: {upgrades: Automatic}");

        // when
        scene.operator(NEW).planAndApply();

        // then
        assertThat(scene.image()).isEqualTo(NEW);
    }

    @Test
    void anEditThatReplacesPodsKeepsTheImageThatTheyHad() {
        // given
        var scene = Scene.settled().operator(NEW);

        // when
        scene.edit("priorityClassName: high").planAndApply();

        // then
        assertThat(scene.image()).isEqualTo(Scene.IMAGE);
        assertThat(scene.deployment().getSpec().getTemplate().getSpec().getPriorityClassName())
                .isEqualTo("high");
        assertThat(Objects.requireNonNull(offer(scene)).image()).isEqualTo(NEW);
    }

    @Test
    void aPoolThatNamesItsImageIsOfferedNoneAndGetsTheDefaultWhenItNamesNoneAnyMore() {
        // given
        var scene = Scene.settled("image: own:1").operator(NEW);
        assertThat(offer(scene)).isNull();

        // when
        scene.edit().planAndApply();

        // then
        assertThat(scene.image()).isEqualTo(NEW);
    }

    @Test
    void anUpgradeThatFailsGoesBackAndIsNotTriedAgain() {
        // given
        var scene = Scene.settled().operator(NEW);
        scene.annotate(
                        DoormanPool.ACCEPT_UPGRADE,
                        Objects.requireNonNull(offer(scene)).hash())
                .planAndApply();
        scene.stuck(1);

        // when
        scene.planAndApply();

        // then
        assertThat(scene.image()).isEqualTo(Scene.IMAGE);
        assertThat(Rollback.failure(scene.deployment())).isNotNull();
        assertThat(scene.plan().steps()).isEmpty();
    }
}
