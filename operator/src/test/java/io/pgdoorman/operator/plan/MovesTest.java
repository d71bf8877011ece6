package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.ChangeClass;
import io.pgdoorman.operator.api.v1alpha1.SpecChange;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.Servers;
import io.pgdoorman.operator.podlink.PodLink.Silent;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.podlink.PodLink.StateAnswer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What two pods are told that have 10 of 30 connections each, as there is room for a third one.
class MovesTest {

    private static final String BY_DEMAND = "budget: {maxServerConnections: 30, share: ByDemand}";

    private Scene scene = settled(BY_DEMAND);

    private static Scene settled(String... extra) {
        var scene = Scene.settled(extra);
        scene.later(Duration.ofMinutes(10));
        for (var pod : List.of("a", "b")) {
            scene.pod(pod, scene.hash(), state(scene, new Servers(10, 10, 2, 1, 0, 0)));
        }
        return scene;
    }

    private static State state(Scene scene, Servers servers) {
        return new State(
                        "1",
                        "ready",
                        scene.stored().current().hash(),
                        1,
                        null,
                        new Load(9, 1, 0, servers.held(), -1),
                        Map.of())
                .with(servers);
    }

    private void pod(String name, Servers servers, @Nullable Integer noted) {
        pod(name, state(scene, servers), noted);
    }

    private void pod(String name, StateAnswer answer, @Nullable Integer noted) {
        var hash = scene.stored().current().hash();
        scene.pod(new PodView(
                name, "10.0.0.1", true, false, scene.bootHash(), hash, null, null, null, answer, null, noted));
    }

    private static Servers waits(int most) {
        return new Servers(most, 10, most, most, 5, 900);
    }

    private static Servers rests(int most) {
        return new Servers(most, 10, most, 1, 0, 0);
    }

    private List<String> orders() {
        return scene.plan().steps().stream()
                .filter(Step.Allow.class::isInstance)
                .map(Step.Allow.class::cast)
                .map(order -> order.pod() + " " + order.connections()
                        + (order.databases() == null ? " as all" : " " + order.databases())
                        + (order.isNotedFirst() ? ", noted" : ""))
                .toList();
    }

    private int replicas() {
        return scene.deployment().getSpec().getReplicas();
    }

    @Test
    void whoWaitsGetsWhatAnotherDoesNotNeedWhenThatOneHasLetItGo() {
        // given
        pod("a", waits(10), null);

        // then
        assertThat(orders()).containsExactly("b 9 {shop=9}, noted");

        // when
        pod("b", new Servers(9, 10, 10, 1, 0, 0), 9);

        // then
        assertThat(orders()).as("it holds it yet").isEmpty();

        // when
        pod("b", rests(9), 9);

        // then
        assertThat(orders()).containsExactly("a 11 {shop=11}, noted");
    }

    @Test
    void nobodyIsToldAnythingWhereAllHaveTheSame() {
        // given
        scene = settled("budget: {maxServerConnections: 30}");

        // when
        pod("a", waits(10), null);

        // then
        assertThat(orders()).isEmpty();
    }

    @Test
    void whenTheyAreToHaveTheSameWhoHasMoreIsToldFirst() {
        // given
        pod("a", waits(15), 15);
        pod("b", rests(5), 5);
        scene.edit("budget: {maxServerConnections: 30}");

        // then
        assertThat(orders()).containsExactly("a 10 as all");

        // when
        pod("a", new Servers(10, 10, 12, 12, 5, 9), null);

        // then
        assertThat(orders()).as("a holds more yet").isEmpty();

        // when
        pod("a", waits(10), null);

        // then
        assertThat(orders()).containsExactly("b 10 as all");
    }

    @Test
    void aNoteThatSaysMoreThanAPodHasIsPutRight() {
        // given
        pod("a", waits(11), 12);
        pod("b", rests(9), 9);

        // then
        assertThat(orders()).as("it may have heard of 12").contains("a 11 {shop=11}");
    }

    @Test
    void nothingMovesWhileAPodDoesNotAnswer() {
        // given
        pod("a", waits(10), null);
        pod("b", new Silent("no answer"), null);

        // then
        assertThat(orders()).isEmpty();
    }

    @Test
    void besideAnOlderPoolerAllHaveTheSame() {
        // given
        pod("a", waits(12), 12);
        pod("b", new State("1", "ready", scene.hash(), 1, null, new Load(9, 1, 0, 3, -1), Map.of()), null);

        // then
        assertThat(orders()).containsExactly("a 10 as all");
    }

    @Test
    void beforePodsAreAddedNoneHasMoreThanItsShare() {
        // given
        pod("a", waits(15), 15);
        pod("b", rests(5), 5);
        scene.edit(BY_DEMAND, "replicas: 5");
        scene.planAndApply();

        // when
        pod("a", new Servers(5, 5, 15, 15, 5, 900), 15);
        pod("b", new Servers(5, 5, 5, 1, 0, 0), 5);
        scene.planAndApply();

        // then
        assertThat(replicas()).isEqualTo(2);
        assertThat(orders()).containsExactly("a 5 as all");

        // when
        pod("a", new Servers(5, 5, 5, 5, 5, 900), null);
        pod("b", new Servers(5, 5, 5, 1, 0, 0), null);
        scene.planAndApply();

        // then
        assertThat(replicas()).isEqualTo(5);
    }

    @Test
    void whatAPodMayHaveThatDoesNotAnswerIsWhatWasNoted() {
        // given
        pod("a", new Silent("no answer"), 15);
        pod("b", rests(5), 5);
        scene.pod(new PodView(
                "c",
                "10.0.0.1",
                false,
                false,
                scene.bootHash(),
                scene.hash(),
                null,
                new State("1", "waiting", scene.hash(), 1, null, Load.NONE, Map.of())
                        .with(new Servers(10, 10, 0, 0, 0, 0))));

        // then
        assertThat(scene.plan().steps()).hasAtLeastOneElementOfType(Step.Grant.class);

        // when
        pod("b", rests(6), 6);

        // then
        assertThat(scene.plan().steps()).hasAtLeastOneElementOfType(Step.Hold.class);
        assertThat(scene.plan().steps()).doesNotHaveAnyElementsOfTypes(Step.Grant.class);
    }

    @Test
    void aShareDoesNotGrowIntoWhatAPodThatLeavesHasBeyondIt() {
        // given
        scene = settled(BY_DEMAND, "replicas: 3");
        scene.edit(BY_DEMAND, "replicas: 2");
        scene.planAndApply();
        scene.rolledOut();
        var state = state(scene, new Servers(14, 7, 14, 14, 0, 0));
        scene.pod(new PodView("c", "10.0.0.1", false, true, scene.bootHash(), null, null, null, null, state, null, 14));
        pod("a", new Servers(4, 7, 4, 1, 0, 0), 4);
        pod("b", new Servers(4, 7, 4, 1, 0, 0), 4);

        // when
        scene.planAndApply();

        // then
        assertThat(scene.stored().current().text()).contains("max_db_connections: 8");

        // when
        scene.noPods();
        pod("a", new Servers(4, 8, 4, 1, 0, 0), 4);
        pod("b", new Servers(4, 8, 4, 1, 0, 0), 4);
        scene.planAndApply();

        // then
        assertThat(scene.stored().current().text()).contains("max_db_connections: 10");
    }

    @Test
    void noDatabaseHasMoreThanItsOwnBound() {
        // given
        scene = settled(BY_DEMAND, "databases: [{name: shop, serverRefs: [main], maxServerConnections: 10}]");
        pod("a", waits(10), null);
        pod("b", rests(9), 9);

        // then
        assertThat(orders()).isEmpty();
    }

    @Test
    void whatItsDatabasesKeepOpenIsLeftToAPod() {
        // given
        scene = settled(BY_DEMAND, "databases: [{name: shop, serverRefs: [main], poolSize: 9, minPoolSize: 8}]");
        pod("a", waits(12), 12);
        pod("b", rests(8), 8);

        // then
        assertThat(orders()).isEmpty();
    }

    @Test
    void whoEntersUnaskedIsLeftWithTheLeast() {
        assertThat(meta()).contains("\"unattendedConnections\":5");

        // when
        pod("a", waits(15), 15);
        pod("b", rests(5), 5);
        scene.edit("budget: {maxServerConnections: 30}");
        scene.planAndApply();

        // then
        assertThat(meta()).as("while some have more").contains("\"unattendedConnections\":5");

        // when
        pod("a", waits(10), null);
        pod("b", rests(10), null);
        scene.planAndApply();

        // then
        assertThat(meta()).doesNotContain("unattendedConnections");
    }

    private String meta() {
        var config = Objects.requireNonNull(scene.children().config());
        return Objects.requireNonNull(config.getData().get("meta.json"));
    }

    @Test
    void howItIsSharedReachesNoConfiguration() {
        // given
        scene = settled("budget: {maxServerConnections: 30}");
        var before = scene.pool().getSpec();
        var hash = scene.stored().current().hash();

        // when
        scene.edit(BY_DEMAND);
        scene.planAndApply();

        // then
        assertThat(SpecChange.effect(SpecChange.between(before, scene.pool().getSpec())))
                .isEqualTo(ChangeClass.DESIRED);
        assertThat(scene.stored().current().hash()).isEqualTo(hash);
    }

    @Test
    void podsMayBeEvictedWhereAllTogetherHaveNoMoreThanTheirShares() {
        // given
        pod("a", waits(15), 15);
        pod("b", rests(5), 5);
        scene.planAndApply();
        var even = Objects.requireNonNull(scene.children().budget()).getSpec().getMaxUnavailable();

        // when
        pod("b", rests(6), 6);
        scene.planAndApply();

        // then
        assertThat(even.getIntVal()).isEqualTo(1);
        assertThat(Objects.requireNonNull(scene.children().budget()).getSpec().getMinAvailable())
                .isNotNull();
    }
}
