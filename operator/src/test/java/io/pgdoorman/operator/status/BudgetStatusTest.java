package io.pgdoorman.operator.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pgdoorman.operator.api.v1alpha1.Condition;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.plan.Scene;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.Servers;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.status.StatusMaker.Circumstances;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class BudgetStatusTest {

    private static final String BUDGET = "budget: {maxServerConnections: 60}";

    /// A pod still drains, with all that it held.
    private static Scene draining() {
        return Scene.settled(BUDGET).pod(new PodView("old", "10.0.0.9", false, true, Scene.BOOT, null, null, null));
    }

    private static DoormanPoolStatus look(Scene scene) {
        var seen = scene.seen();
        var plan = scene.planAndApply();
        return StatusMaker.make(
                scene.pool(), seen, plan, new Circumstances(Scene.IMAGE, scene.now(), null, List.of(), List.of()));
    }

    @Test
    void tellsHowItIsSplitAndWhatStaysFree() {
        // given
        var scene = Scene.settled("budget: {maxServerConnections: 60, surgeReserve: 10%}");

        // when
        var budget = Objects.requireNonNull(look(scene).budget());

        // then
        assertThat(budget.max()).isEqualTo(60);
        assertThat(budget.reserved()).isEqualTo(6);
        assertThat(budget.perPod() * scene.pool().getSpec().replicas()).isLessThanOrEqualTo(54);
    }

    @Test
    void oneThatCannotGiveEachPodItsLeastIsCalledTooSmall() {
        // given
        var scene = Scene.settled(BUDGET);
        var before = look(scene);

        // when
        scene.edit(
                "budget: {maxServerConnections: 20}", "databases: [{name: shop, serverRefs: [main], minPoolSize: 9}]");
        var status = look(scene);

        // then
        assertThat(status.conditions())
                .filteredOn(condition -> condition.type().equals("Stalled"))
                .extracting(Condition::reason)
                .containsExactly("BudgetTooSmall");
        assertThat(Transitions.between(before, status))
                .filteredOn(Happening::isWarning)
                .extracting(Happening::reason, Happening::note)
                .containsExactly(tuple(
                        "BudgetTooSmall",
                        "spec.budget.maxServerConnections: 20 leaves 6 connections of a pod to database shop, whose"
                                + " users keep 9 open (minPoolSize); the last good configuration stays in use"));
    }

    @Test
    void aPodThatHasLeftIsAnEvent() {
        // given
        var scene = draining();
        var before = look(scene);

        // when
        scene.noPods().pod("a", scene.hash()).pod("b", scene.hash());
        var after = look(scene);

        // then
        assertThat(Transitions.between(before, after))
                .extracting(Happening::reason, Happening::note)
                .contains(tuple("PodDrained", "pod old has left"));
        assertThat(Transitions.between(after, after)).isEmpty();
    }

    @Test
    void clientsThatBeginToWaitForItAreAnEvent() {
        // given
        var scene = Scene.settled(BUDGET);
        var before = look(scene);
        var share = Objects.requireNonNull(before.budget()).perPod();
        scene.pod(
                "a",
                scene.hash(),
                new State("1", "ready", scene.hash(), 1, null, new Load(99, 9, 3, share, -1), Map.of()));

        // when
        var spent = look(scene);

        // then
        assertThat(Transitions.between(before, spent))
                .extracting(Happening::reason)
                .contains("BudgetExhausted");
        assertThat(Transitions.between(spent, spent)).isEmpty();
    }

    @Test
    void whereTheyShareByDemandItIsSpentWhenNobodyHasAnyToSpare() {
        // given
        var scene = Scene.settled("budget: {maxServerConnections: 30, share: ByDemand}");
        var short15 = new State("1", "ready", scene.hash(), 1, null, new Load(99, 9, 3, 15, -1), Map.of());
        var rests5 = new State("1", "ready", scene.hash(), 1, null, new Load(9, 0, 0, 5, -1), Map.of());
        scene.pod("a", scene.hash(), short15.with(new Servers(15, 10, 15, 15, 3, 900)));

        // when
        scene.pod("b", scene.hash(), rests5.with(new Servers(9, 10, 5, 5, 0, 0)));
        var moving = look(scene);
        scene.pod("b", scene.hash(), rests5.with(new Servers(5, 10, 5, 2, 0, 0)));
        var spent = look(scene);

        // then
        assertThat(condition(moving).status()).isEqualTo("True");
        assertThat(condition(spent).status()).isEqualTo("False");
        assertThat(condition(spent).message())
                .isEqualTo("clients wait though their pod holds all connections that it may and no other pod has any to"
                        + " spare: more pods would not help, budget.maxServerConnections or shorter transactions"
                        + " would");
        assertThat(spent.budget()).isEqualTo(new DoormanPoolStatus.Budget(30, 3, 10, 0, 5, 15));
    }

    private static Condition condition(DoormanPoolStatus status) {
        return status.conditions().stream()
                .filter(condition -> condition.type().equals("BudgetSatisfied"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aTemplateThatWaitsForTheBudgetIsNotWhatPodsRun() {
        // given
        var scene = draining().edit(BUDGET, "image: pooler:2");
        look(scene);
        scene.pod("a", scene.hash())
                .pod(
                        "b",
                        scene.hash(),
                        new State("1", "ready", scene.hash(), 2, null, new Load(9, 1, 0, 16, -1), Map.of()));

        // when
        var status = look(scene);

        // then
        assertThat(scene.image()).isEqualTo(Scene.IMAGE);
        assertThat(status.conditions())
                .filteredOn(condition -> condition.type().equals("Ready"))
                .extracting(Condition::status, Condition::message)
                .containsExactly(tuple(
                        "False",
                        "budget.maxServerConnections: no pod is added before these let go of server connections: pod b"
                                + " (holds more than 12), pod old (leaves)"));
    }
}
