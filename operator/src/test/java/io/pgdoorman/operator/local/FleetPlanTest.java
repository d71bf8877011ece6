package io.pgdoorman.operator.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.local.FleetPlan.Goal;
import io.pgdoorman.operator.local.FleetPlan.Member;
import io.pgdoorman.operator.local.FleetPlan.Phase;
import io.pgdoorman.operator.local.FleetPlan.Step;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FleetPlanTest {

    private static final Goal TWO = new Goal(2, "new", Duration.ofSeconds(30), Duration.ofSeconds(10));

    @Test
    void startsWhatIsMissing() {
        // given
        var members = List.of(member("a", "new", Phase.READY));

        // when
        var steps = FleetPlan.steps(TWO, members);

        // then
        assertThat(steps).containsExactly(new Step.Start());
    }

    @Test
    void doesNothingWhenAllIsAsWanted() {
        // given
        var members = List.of(member("a", "new", Phase.READY), member("b", "new", Phase.BACK_OFF));

        // when
        var steps = FleetPlan.steps(TWO, members);

        // then
        assertThat(steps).isEmpty();
    }

    @Test
    void drainsTheOneWithFewestTransactionsWhenFewerAreWanted() {
        // given
        var members = List.of(busy("a", "new", 3), busy("b", "new", 1), busy("c", "new", 2));

        // when
        var steps = FleetPlan.steps(TWO, members);

        // then
        assertThat(steps).containsExactly(new Step.Drain("b", "no longer wanted"));
    }

    @Test
    void allDrainAtOnceWhenNoneIsWantedEvenInARoll() {
        // given
        var none = new Goal(0, "new", Duration.ofSeconds(30), Duration.ofSeconds(10));
        var members = List.of(member("a", "old", Phase.READY), member("b", "new", Phase.STARTING));

        // when
        var steps = FleetPlan.steps(none, members);

        // then
        assertThat(steps)
                .containsExactlyInAnyOrder(
                        new Step.Drain("a", "no longer wanted"), new Step.Drain("b", "no longer wanted"));
    }

    @Test
    void rollBeginsWithOneNewProcess() {
        // given
        var members = List.of(member("a", "old", Phase.READY), member("b", "old", Phase.READY));

        // when
        var steps = FleetPlan.steps(TWO, members);

        // then
        assertThat(steps).containsExactly(new Step.Start());
    }

    @Test
    void oldProcessStaysWhileTheNewOneIsNotReady() {
        // given
        var members = List.of(
                member("a", "old", Phase.READY), member("b", "old", Phase.READY), member("c", "new", Phase.STARTING));

        // when
        var steps = FleetPlan.steps(TWO, members);

        // then
        assertThat(steps).isEmpty();
    }

    @Test
    void oneOldProcessDrainsOnceTheNewOneIsReady() {
        // given
        var members = List.of(busy("a", "old", 2), busy("b", "old", 0), member("c", "new", Phase.READY));

        // when
        var steps = FleetPlan.steps(TWO, members);

        // then
        assertThat(steps).containsExactly(new Step.Drain("b", "replaced"));
    }

    @Test
    void nextNewProcessWaitsUntilTheDrainingOneIsGone() {
        // given
        var members = List.of(
                member("a", "old", Phase.READY),
                busyDraining("b", Duration.ofSeconds(5)),
                member("c", "new", Phase.READY));

        // when
        var steps = FleetPlan.steps(TWO, members);

        // then
        assertThat(steps).isEmpty();
    }

    @Test
    void brokenOldProcessIsReplacedFirst() {
        // given
        var members = List.of(
                member("a", "old", Phase.READY),
                member("b", "old", Phase.BACK_OFF),
                member("c", "new", Phase.STARTING));

        // when
        var steps = FleetPlan.steps(TWO, members);

        // then
        assertThat(steps).containsExactly(new Step.Drain("b", "replaced"));
    }

    @Test
    void drainedProcessIsToldToEnd() {
        // given
        var members = List.of(
                member("a", "new", Phase.READY),
                member("b", "new", Phase.READY),
                new Member("c", "new", Phase.DRAINING, Duration.ofSeconds(1), 0, 0));

        // when
        var steps = FleetPlan.steps(TWO, members);

        // then
        assertThat(steps).containsExactly(new Step.End("c", false));
    }

    @Test
    void drainTimeoutEndsAtOnceAndThenKills() {
        // given
        var members = List.of(
                member("a", "new", Phase.READY),
                member("b", "new", Phase.READY),
                busyDraining("c", Duration.ofSeconds(30)),
                new Member("d", "new", Phase.ENDING, Duration.ofSeconds(10), 1, 1));

        // when
        var steps = FleetPlan.steps(TWO, members);

        // then
        assertThat(steps).containsExactly(new Step.End("c", true), new Step.Kill("d"));
    }

    private static Member member(String name, String revision, Phase phase) {
        return new Member(name, revision, phase, Duration.ofSeconds(5), 0, 0);
    }

    private static Member busy(String name, String revision, int inTransaction) {
        return new Member(name, revision, Phase.READY, Duration.ofSeconds(5), 5, inTransaction);
    }

    private static Member busyDraining(String name, Duration since) {
        return new Member(name, "old", Phase.DRAINING, since, 1, 1);
    }
}
