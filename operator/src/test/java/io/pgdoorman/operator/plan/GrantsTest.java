package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.child.ConfigMapChild;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.Silent;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Who is let have its share of the budget; two pods have 10 of 30 each, so that there is room for one more.
class GrantsTest {

    private final Scene scene = Scene.settled("budget: {maxServerConnections: 30}");

    private State says(String state, int connections) {
        return new State("1", state, scene.hash(), 1, null, new Load(0, 0, 0, connections, -1), Map.of());
    }

    private void leaves(String name, PodLink.@Nullable StateAnswer answer) {
        scene.pod(new PodView(name, "10.0.0.1", true, true, scene.bootHash(), null, null, answer));
    }

    private void waits(String name) {
        scene.pod(
                new PodView(name, "10.0.0.1", false, false, scene.bootHash(), scene.hash(), null, says("waiting", 0)));
    }

    private List<String> orders() {
        return scene.plan().steps().stream()
                .filter(step -> step instanceof Step.Grant || step instanceof Step.Hold)
                .map(step -> switch (step) {
                    case Step.Grant grant -> "grant " + grant.pod();
                    case Step.Hold hold -> "hold " + hold.pod();
                    default -> "";
                })
                .toList();
    }

    @Test
    void whoReplacesOneThatLeavesIsLetInWhereThereIsRoomForBoth() {
        // given
        leaves("b", says("draining", 3));
        waits("c");

        // then
        assertThat(orders()).containsExactly("grant c");
    }

    @Test
    void whoReplacesASecondOneWaitsUntilOneIsGone() {
        // given
        leaves("a", says("draining", 3));
        leaves("b", says("draining", 3));
        waits("c");
        waits("d");

        // then
        assertThat(orders()).containsExactly("grant c", "hold d");

        // when
        scene.pod("c", scene.hash(), says("ready", 0));

        // then
        assertThat(orders()).as("c may take what it has").containsExactly("hold d");
    }

    @Test
    void whoDoesNotAnswerHoldsAllThatItMay() {
        // given
        leaves("a", new Silent("no answer"));
        leaves("b", new Silent("no answer"));
        waits("c");
        waits("d");

        // then
        assertThat(orders()).containsExactly("grant c", "hold d");
    }

    @Test
    void whoNeverRanHoldsNothing() {
        // given
        scene.pod(new PodView(
                "b", "10.0.0.1", false, false, scene.bootHash(), null, "ImagePullBackOff: no such image", null));
        leaves("old", says("draining", 10));
        waits("c");

        // then
        assertThat(orders()).containsExactly("grant c");
    }

    @Test
    void whatIsToldOfThePodSaysWhatItWaitsFor() {
        // given
        leaves("a", says("draining", 3));
        leaves("b", says("draining", 3));
        waits("c");
        waits("d");

        // then
        assertThat(scene.plan().situation().pods())
                .filteredOn(standing -> standing.pod().name().equals("d"))
                .extracting(Standing::reason)
                .containsExactly("waits for its share of the budget");
    }

    @Test
    void withoutABudgetNobodyWaits() {
        // given
        waits("b");

        // when
        scene.edit();

        // then
        assertThat(orders()).containsExactly("grant b");
        scene.planAndApply();
        assertThat(meta()).doesNotContain("unattendedSeconds");
    }

    @Test
    void aPodWaitsForLongerThanThoseBeforeItMayTakeToLeave() {
        // then
        var grace = scene.deployment().getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds();
        assertThat(meta()).contains("\"unattendedSeconds\":" + (grace + 30));

        // when
        scene.edit("budget: {maxServerConnections: 30, unattendedWait: 1m}");
        scene.planAndApply();

        // then
        assertThat(meta()).contains("\"unattendedSeconds\":60");
        assertThat(ConfigMapChild.read(Objects.requireNonNull(scene.children().config())))
                .isNotNull();
    }

    private String meta() {
        var config = Objects.requireNonNull(scene.children().config());
        return Objects.requireNonNull(config.getData().get("meta.json"));
    }
}
