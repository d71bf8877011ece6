package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentSpec;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.pgdoorman.operator.child.Rollback;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Pauses and canary pods of a roll-out.
class TrialsTest {

    private static final String OLD = "image: pooler:1";
    private static final String NEW = "image: pooler:2";
    private static final String CANARY = "rollout: {canaryPods: 1, canarySoak: 2m}";
    private static final String PAUSED = "rollout: {paused: true}";

    private static Scene settled(String... extra) {
        var scene = new Scene(extra);
        scene.planAndApply();
        scene.rolledOut();
        pod(scene, "a", "t1", scene.now());
        pod(scene, "b", "t1", scene.now());
        scene.planAndApply();
        assertThat(scene.later(Duration.ofHours(1)).plan().steps()).isEmpty();
        return scene;
    }

    private static void pod(Scene scene, String name, String template, @Nullable Instant readySince) {
        var hash = scene.hash();
        var answer = new State("1", "ready", hash, 1, null, Load.NONE, Map.of());
        scene.pod(new PodView(
                name,
                "10.0.0.1",
                readySince != null,
                false,
                scene.bootHash(),
                hash,
                null,
                template,
                readySince,
                answer,
                null,
                null));
    }

    private static Deployment deployment(Scene scene) {
        return Objects.requireNonNull(scene.children().deployment());
    }

    private static DeploymentSpec spec(Scene scene) {
        return deployment(scene).getSpec();
    }

    private static String image(Scene scene) {
        return spec(scene).getTemplate().getSpec().getContainers().getFirst().getImage();
    }

    private static int surge(Scene scene) {
        return spec(scene).getStrategy().getRollingUpdate().getMaxSurge().getIntVal();
    }

    /// The controller made one pod of the new template and waits.
    private static void oneOfThree(Scene scene, @Nullable String reason) {
        deployment(scene).getMetadata().setGeneration(2L);
        deployment(scene)
                .setStatus(new DeploymentStatusBuilder()
                        .withObservedGeneration(2L)
                        .withReplicas(3)
                        .withUpdatedReplicas(1)
                        .addNewCondition()
                        .withType("Progressing")
                        .withReason(reason)
                        .endCondition()
                        .build());
    }

    @Test
    void aChangedTemplateIsHeldAtItsCanaryPods() {
        // given
        var scene = settled(OLD, CANARY);
        assertThat(spec(scene).getMinReadySeconds()).isNull();

        // when
        scene.edit(NEW, CANARY).planAndApply();

        // then
        assertThat(image(scene)).isEqualTo("pooler:2");
        assertThat(surge(scene)).isEqualTo(1);
        assertThat(spec(scene)
                        .getStrategy()
                        .getRollingUpdate()
                        .getMaxUnavailable()
                        .getIntVal())
                .isZero();
        assertThat(spec(scene).getMinReadySeconds())
                .as("the controller goes on by itself only at the end")
                .isEqualTo(15 * 60 - 1);
    }

    @Test
    void othersFollowWhenTheCanaryWasReadyForLongEnough() {
        // given
        var scene = settled(OLD, CANARY);
        scene.edit(NEW, CANARY).planAndApply();
        oneOfThree(scene, "ReplicaSetUpdated");
        pod(scene, "c", "t2", scene.now());

        // when
        var early = scene.later(Duration.ofSeconds(119)).planAndApply();
        var held = spec(scene).getMinReadySeconds();
        scene.later(Duration.ofSeconds(1)).planAndApply();

        // then
        assertThat(early.steps()).isEmpty();
        assertThat(early.again()).isEqualTo(Planner.WHILE_WORKING);
        assertThat(held).isNotNull();
        assertThat(spec(scene).getMinReadySeconds()).isNull();
        assertThat(image(scene)).isEqualTo("pooler:2");
        assertThat(scene.plan().steps()).as("a trial is held once").isEmpty();
    }

    @Test
    void aCanaryThatIsNotReadyOrRunsAnotherConfigurationProvesNothing() {
        // given
        var scene = settled(OLD, CANARY);
        scene.edit(NEW, CANARY).planAndApply();
        oneOfThree(scene, "ReplicaSetUpdated");

        // when
        pod(scene, "c", "t2", null);
        scene.later(Duration.ofMinutes(10)).planAndApply();
        var whileUnready = spec(scene).getMinReadySeconds();
        pod(scene, "c", "t2", scene.now());
        scene.edit(NEW, CANARY, "limits: {maxClientConnections: 77}");
        scene.later(Duration.ofMinutes(10)).planAndApply();

        // then
        assertThat(whileUnready).isNotNull();
        assertThat(spec(scene).getMinReadySeconds()).isNotNull();
    }

    @Test
    void aCanaryThatDoesNotBecomeReadyInTimeGivesWayToTheLastGoodTemplate() {
        // given
        var scene = settled(OLD, CANARY);
        scene.edit(NEW, CANARY).planAndApply();
        pod(scene, "c", "t2", null);
        oneOfThree(scene, "ProgressDeadlineExceeded");

        // when
        scene.planAndApply();

        // then
        assertThat(image(scene)).isEqualTo("pooler:1");
        assertThat(spec(scene).getMinReadySeconds())
                .as("the way back is no trial")
                .isNull();
        assertThat(Rollback.failure(deployment(scene))).contains("pod c");
        assertThat(scene.plan().steps()).isEmpty();
    }

    @Test
    void anEditDuringATrialBeginsAnotherOne() {
        // given
        var scene = settled(OLD, CANARY);
        scene.edit(NEW, CANARY).planAndApply();
        oneOfThree(scene, "ReplicaSetUpdated");
        pod(scene, "c", "t2", scene.now());
        scene.later(Duration.ofMinutes(1));

        // when
        scene.edit("image: pooler:3", CANARY).planAndApply();
        scene.later(Duration.ofMinutes(5)).planAndApply();

        // then
        assertThat(image(scene)).isEqualTo("pooler:3");
        assertThat(spec(scene).getMinReadySeconds())
                .as("the pod of the template between does not prove this one")
                .isNotNull();
    }

    @Test
    void aPauseHoldsWhatNeedsNewPodsAndLetsTheRestPass() {
        // given
        var scene = settled(OLD);

        // when
        scene.edit(NEW, PAUSED, "port: 7000", "replicas: 3", "limits: {maxClientConnections: 77}");
        scene.planAndApply();
        pod(scene, "a", "t1", scene.now());
        pod(scene, "b", "t1", scene.now());
        scene.planAndApply();

        // then
        assertThat(image(scene)).isEqualTo("pooler:1");
        assertThat(spec(scene).getPaused()).isTrue();
        assertThat(spec(scene).getReplicas()).isEqualTo(3);
        assertThat(scene.stored().current().text()).contains("77").doesNotContain("7000");
        assertThat(scene.held())
                .containsExactly("spec.image: pooler:1 -> pooler:2 (roll)", "spec.port: 6432 -> 7000 (roll)");

        // and when
        scene.edit(NEW, "port: 7000", "replicas: 3", "limits: {maxClientConnections: 77}");
        scene.planAndApply();

        // then
        assertThat(image(scene)).isEqualTo("pooler:2");
        assertThat(spec(scene).getPaused()).isNull();
    }

    @Test
    void aPauseHoldsAReplacementThatIsUnderWay() {
        // given
        var scene = settled(OLD);
        scene.edit(NEW).planAndApply();
        oneOfThree(scene, "ReplicaSetUpdated");

        // when
        scene.edit(NEW, PAUSED, "limits: {maxClientConnections: 77}").planAndApply();

        // then
        assertThat(image(scene)).isEqualTo("pooler:2");
        assertThat(spec(scene).getPaused())
                .as("at once, though pods have to reload first")
                .isTrue();
        assertThat(scene.held()).isEmpty();
    }

    @Test
    void aNewPoolGetsItsPodsThoughItIsPaused() {
        // given
        var scene = new Scene(PAUSED);

        // when
        scene.planAndApply();
        var unseen = spec(scene).getPaused();
        scene.planAndApply();
        var stillUnseen = spec(scene).getPaused();
        scene.rolledOut().planAndApply();

        // then
        assertThat(unseen).isNull();
        assertThat(stillUnseen).isNull();
        assertThat(spec(scene).getPaused()).isTrue();
    }
}
