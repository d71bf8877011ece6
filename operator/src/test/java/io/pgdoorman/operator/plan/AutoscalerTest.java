package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.status.StatusMaker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class AutoscalerTest {

    private static final String AUTO =
            "autoscaling: {enabled: true, min: 2, max: 6, targetUtilisation: 50, scaleDownWindow: 10m}";

    private final Scene scene = new Scene(AUTO);

    private static List<Step> look(Scene scene) {
        var seen = scene.seen();
        var plan = scene.plan();
        var status = StatusMaker.make(
                scene.pool(),
                seen,
                plan,
                new StatusMaker.Circumstances(Scene.IMAGE, scene.now(), scene.pending(), scene.held(), List.of()));
        scene.pool().setStatus(status);
        plan.steps().forEach(scene::apply);
        return plan.steps().stream().filter(Step.Scale.class::isInstance).toList();
    }

    /// So many pods are there, and the last of them is as busy as all.
    private void pods(double utilisation, int clients, int waiting, int servers) {
        scene.noPods();
        lookElsewhere();
        scene.rolledOut();
        for (int i = 0; i < scene.pool().getSpec().replicas(); i++) {
            var hash = scene.hash();
            scene.pod(
                    "p" + i,
                    hash,
                    new State(
                            "1",
                            "ready",
                            hash,
                            1,
                            null,
                            new Load(clients, 1, waiting, servers, utilisation),
                            Map.of()));
        }
        lookElsewhere();
    }

    /// All but the replicas is done.
    private void lookElsewhere() {
        scene.plan().steps().stream()
                .filter(step -> !(step instanceof Step.Scale))
                .forEach(scene::apply);
    }

    private int replicas() {
        return scene.pool().getSpec().replicas();
    }

    private DoormanPoolStatus.Autoscaling memory() {
        return Objects.requireNonNull(
                Objects.requireNonNull(scene.pool().getStatus()).autoscaling());
    }

    @Test
    void busyPodsGetMoreBesideThemAndItSaysWhy() {
        // given
        pods(0.8, 10, 0, 3);

        // when
        var steps = look(scene);

        // then
        assertThat(steps).containsExactly(new Step.Scale(4));
        assertThat(memory().lastScale()).isEqualTo("from 2 to 4: event loops are busy for 80 % of their time");
    }

    @Test
    void nothingHappensNearTheTargetOrWhilePodsComeAndGo() {
        // given
        pods(0.54, 10, 0, 3);
        var near = look(scene);
        pods(0.9, 10, 0, 3);
        scene.edit(AUTO, "replicas: 3");

        // when
        var unsettled = look(scene);

        // then
        assertThat(near).isEmpty();
        assertThat(unsettled).isEmpty();
    }

    @Test
    void eachStepGetsTimeToShow() {
        // given
        pods(0.8, 10, 0, 3);
        look(scene);
        pods(0.8, 10, 0, 3);

        // when
        var tooSoon = look(scene);
        scene.later(Autoscaler.BETWEEN_STEPS);
        var then = look(scene);

        // then
        assertThat(tooSoon).isEmpty();
        assertThat(then).as("no more than the most").containsExactly(new Step.Scale(6));
    }

    @Test
    void aSpentBudgetIsNoReasonForMorePods() {
        // given
        scene.edit(AUTO, "budget: {maxServerConnections: 9}");
        pods(0.9, 10, 5, 3);

        // when
        var spent = look(scene);
        pods(0.9, 10, 0, 3);
        var free = look(scene);

        // then
        assertThat(spent).isEmpty();
        assertThat(free).hasSize(1);
    }

    @Test
    void clientsThatWaitAloneAreNoReasonEither() {
        // given
        pods(0.45, 10, 50, 3);

        // when
        var steps = look(scene);

        // then
        assertThat(steps).isEmpty();
    }

    @Test
    void clientsPerPodCountIfThatIsWanted() {
        // given
        scene.edit("autoscaling: {enabled: true, targetClientsPerPod: 100}");
        pods(0.1, 150, 0, 3);

        // when
        var steps = look(scene);

        // then
        assertThat(steps).containsExactly(new Step.Scale(3));
    }

    @Test
    void fewerPodsHaveToBeEnoughForTheWholeWindow() {
        // given
        scene.edit(AUTO, "replicas: 6");
        pods(0.1, 10, 0, 3);
        var first = look(scene);
        scene.later(Duration.ofMinutes(5));
        pods(0.3, 10, 0, 3);
        var between = look(scene);

        // when
        scene.later(Duration.ofMinutes(5));
        pods(0.1, 10, 0, 3);
        var last = look(scene);

        // then
        assertThat(first).isEmpty();
        assertThat(between).isEmpty();
        assertThat(last).as("what was needed at most in that time").containsExactly(new Step.Scale(4));
        assertThat(memory().enoughSince()).isNull();
    }

    @Test
    void workInBetweenStartsTheWindowAnew() {
        // given
        scene.edit(AUTO, "replicas: 4");
        pods(0.1, 10, 0, 3);
        look(scene);
        scene.later(Duration.ofMinutes(9));
        pods(0.5, 10, 0, 3);
        look(scene);
        scene.later(Duration.ofMinutes(2));
        pods(0.1, 10, 0, 3);

        // when
        var steps = look(scene);

        // then
        assertThat(steps).isEmpty();
        assertThat(replicas()).isEqualTo(4);
    }

    @Test
    void anUnchangedLookRemembersTheSameSoThatNothingIsWritten() {
        // given
        scene.edit(AUTO, "replicas: 4");
        pods(0.1, 10, 0, 3);
        look(scene);
        var before = memory();
        scene.later(Duration.ofMinutes(1));

        // when
        look(scene);

        // then
        assertThat(memory()).isEqualTo(before);
    }

    @Test
    void boundsHoldAtOnceAndNoughtStaysNought() {
        // given
        scene.edit(AUTO, "replicas: 9");
        pods(-1, 10, 0, 3);
        var most = look(scene);
        scene.edit(AUTO, "replicas: 0", "pause: {all: true}");
        pods(0.5, 10, 0, 3);

        // when
        var none = look(scene);

        // then
        assertThat(most).containsExactly(new Step.Scale(6));
        assertThat(none).isEmpty();
    }
}
