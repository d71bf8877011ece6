package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.Silent;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BudgetTest {

    private static final String BUDGET = "budget: {maxServerConnections: 60}";

    private static Scene settled(String... extra) {
        var scene = new Scene(extra);
        scene.planAndApply();
        scene.rolledOut();
        return run(scene, "a", "b");
    }

    /// Pods that run what is stored, with three connections each.
    private static Scene run(Scene scene, String... pods) {
        var hash = scene.stored().current().hash();
        for (var pod : pods) {
            scene.pod(pod, hash, holding(hash, 3, 0));
        }
        scene.planAndApply();
        return scene;
    }

    private static State holding(String hash, int connections, int waiting) {
        return new State("1", "ready", hash, 1, null, new Load(9, 1, waiting, connections, -1), Map.of());
    }

    private static int replicas(Scene scene) {
        return Objects.requireNonNull(scene.seen().children().deployment())
                .getSpec()
                .getReplicas();
    }

    private static String image(Scene scene) {
        return Objects.requireNonNull(scene.seen().children().deployment())
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getImage();
    }

    private static PodView leaving(String name) {
        return new PodView(name, "10.0.0.9", false, true, "boot", null, null, null);
    }

    @Test
    void isSplitOverThePodsAndTheirSurge() {
        // given
        var scene = settled(BUDGET);

        // when
        var text = scene.stored().current().text();

        // then
        assertThat(text).contains("max_db_connections: 20");
    }

    @Test
    void sharesShrinkBeforePodsAreAdded() {
        // given
        var scene = settled(BUDGET).later(Duration.ofMinutes(10)).edit(BUDGET, "replicas: 5");

        // when
        scene.planAndApply();
        var early = replicas(scene);
        var text = scene.stored().current().text();
        run(scene, "a", "b");

        // then
        assertThat(text).contains("max_db_connections: 10");
        assertThat(early).isEqualTo(2);
        assertThat(replicas(scene)).isEqualTo(5);
    }

    @Test
    void podsAreNotAddedWhileOneHoldsMoreThanItsNewShare() {
        // given
        var scene = settled(BUDGET).later(Duration.ofMinutes(10)).edit(BUDGET, "replicas: 5");
        scene.planAndApply();
        var hash = scene.stored().current().hash();

        // when
        scene.pod("a", hash, holding(hash, 3, 0)).pod("b", hash, holding(hash, 11, 0));
        scene.planAndApply();
        var busy = replicas(scene);
        scene.pod("b", hash, holding(hash, 10, 0));
        scene.planAndApply();

        // then
        assertThat(busy).isEqualTo(2);
        assertThat(replicas(scene)).isEqualTo(5);
    }

    @Test
    void aPodThatStillDrainsHoldsItsOldShareSoNoneIsAdded() {
        // given
        var scene = settled(BUDGET).pod(leaving("old")).edit(BUDGET, "replicas: 5");

        // when
        run(scene, "a", "b");
        run(scene, "a", "b");

        // then
        assertThat(replicas(scene)).isEqualTo(2);
    }

    @Test
    void aPodThatHasNotSaidThatItsShareIsSmallerKeepsOthersFromBeingAdded() {
        // given
        var scene = settled(BUDGET).later(Duration.ofMinutes(10));
        var before = scene.stored().current().hash();
        scene.edit(BUDGET, "replicas: 5");
        scene.planAndApply();
        var hash = scene.stored().current().hash();

        // when: reload.timeout is over
        scene.pod("a", hash, holding(hash, 3, 0)).pod("b", before, holding(before, 3, 0));
        scene.later(Duration.ofMinutes(2)).planAndApply();
        var behind = replicas(scene);
        scene.pod("b", hash, new Silent("no answer"));
        scene.later(Duration.ofMinutes(2)).planAndApply();
        var silent = replicas(scene);
        run(scene, "a", "b");

        // then
        assertThat(behind).isEqualTo(2);
        assertThat(silent).isEqualTo(2);
        assertThat(replicas(scene)).isEqualTo(5);
    }

    @Test
    void aDeploymentThatSomebodyDeletedComesWhenItsPodsAreGone() {
        // given
        var scene = settled(BUDGET);
        scene.apply(new Step.Remove(scene.deployment()));
        scene.noPods().pod(leaving("a")).pod(leaving("b"));

        // when
        scene.planAndApply();
        var early = scene.children().deployment();
        scene.noPods().planAndApply();

        // then
        assertThat(early).isNull();
        assertThat(replicas(scene)).isEqualTo(2);
    }

    @Test
    void whileTemplatesChangeAllPodsMayBeThereTwice() {
        // given
        var scene = settled(BUDGET).later(Duration.ofMinutes(10)).edit(BUDGET, "image: pooler:2");

        // when
        scene.planAndApply();
        var early = image(scene);
        var text = scene.stored().current().text();
        run(scene, "a", "b");

        // then
        assertThat(text).contains("max_db_connections: 15");
        assertThat(early).isEqualTo(Scene.IMAGE);
        assertThat(image(scene)).isEqualTo("pooler:2");
    }

    @Test
    void fewerPodsGetMore() {
        // given
        var scene = settled(BUDGET, "replicas: 4");
        var before = scene.stored().current().text();
        scene.edit(BUDGET, "replicas: 2");

        // when
        run(scene, "a", "b");
        run(scene, "a", "b");
        run(scene.rolledOut(), "a", "b");

        // then
        assertThat(before).contains("max_db_connections: 12");
        assertThat(replicas(scene)).isEqualTo(2);
        assertThat(scene.stored().current().text()).contains("max_db_connections: 20");
    }

    @Test
    void aShareIsSplitOverDatabasesByWhatTheirUsersMayHave() {
        // given
        var scene = settled(
                BUDGET,
                "databases: [{name: shop, serverRefs: [main], poolSize: 30},"
                        + " {name: log, serverRefs: [main], poolSize: 10}]");

        // when
        var text = scene.stored().current().text();

        // then
        assertThat(text.lines().filter(line -> line.contains("max_db_connections")))
                .containsExactly("    max_db_connections: 14", "    max_db_connections: 5");
    }

    @Test
    void aReserveStaysFreeForPodsThatNobodyPlanned() {
        // given
        var more = settled("budget: {maxServerConnections: 60, surgeReserve: 40}");
        var percent = settled("budget: {maxServerConnections: 60, surgeReserve: 50%}");
        var less = settled("budget: {maxServerConnections: 60, surgeReserve: 5%}");

        // when
        var texts = Stream.of(more, percent, less)
                .map(scene -> scene.stored().current().text());

        // then
        assertThat(texts)
                .extracting(text -> text.replaceAll("(?s).*max_db_connections: (\\d+).*", "$1"))
                .containsExactly("10", "15", "20");
    }

    @Test
    void serversThatAreOnlyReadCountInTheBudgetToo() {
        // given
        var scene = settled(
                BUDGET, "databases: [{name: shop, serverRefs: [main], readOnlyServerRefs: [main], poolSize: 30}]");

        // when
        var text = scene.stored().current().text();

        // then
        assertThat(text.lines().filter(line -> line.contains("max_db_connections")))
                .containsExactly("    max_db_connections: 10", "    max_db_connections: 10");
    }

    @Test
    void aBudgetThatLeavesAPodLessThanItKeepsOpenIsRefused() {
        // given
        var scene = new Scene(
                "budget: {maxServerConnections: 10}",
                "databases: [{name: shop, serverRefs: [main], poolSize: 9, minPoolSize: 4}]");

        // when
        var want = scene.want();

        // then
        assertThat(want)
                .isInstanceOfSatisfying(
                        Want.Wrong.class,
                        wrong -> assertThat(wrong.problems())
                                .singleElement()
                                .asString()
                                .isEqualTo("spec.budget.maxServerConnections: 10 leaves 3 connections of a pod to"
                                        + " database shop, whose users keep 4 open (minPoolSize)"));
    }

    @Test
    void clientsThatWaitInAPodWithASpentShareMeanThatTheBudgetIsSpent() {
        // given
        var scene = settled(BUDGET);
        var hash = scene.stored().current().hash();

        // when
        scene.pod("a", hash, holding(hash, 3, 5));
        var busy = Budget.isExhausted(scene.pool(), scene.seen(), scene.want());
        scene.pod("a", hash, holding(hash, 20, 5));
        var spent = Budget.isExhausted(scene.pool(), scene.seen(), scene.want());

        // then
        assertThat(busy).isFalse();
        assertThat(spent).isTrue();
    }

    @Test
    void podsOfAnOlderTemplateTakeTheirSmallerShareBeforeOthersComeBesideThem() {
        // given
        var scene = settled(BUDGET).later(Duration.ofMinutes(10)).edit(BUDGET, "port: 7000");

        // when
        scene.planAndApply();
        var early = scene.deployment().getSpec().getTemplate();
        var text = scene.stored().current().text();
        run(scene, "a", "b");
        var late = scene.stored().current().text();

        // then
        assertThat(text).contains("port: 6432", "max_db_connections: 15");
        assertThat(early.toString()).contains("6432").doesNotContain("7000");
        assertThat(late).contains("port: 7000", "max_db_connections: 15");
        assertThat(scene.deployment().getSpec().getTemplate().toString()).contains("7000");
    }

    @Test
    void noPodMayBeEvictedWhileAnotherOneDrainsWithoutRoomForAThird() {
        // given
        var scene = settled(BUDGET);
        var hash = scene.stored().current().hash();
        var atRest = scene.children().budget();

        // when
        scene.pod(new PodView("old", "10.0.0.9", false, true, "boot", null, null, holding(hash, 20, 0)));
        scene.planAndApply();

        // then
        assertThat(Objects.requireNonNull(atRest).getSpec().getMaxUnavailable().getIntVal())
                .isEqualTo(1);
        assertThat(Objects.requireNonNull(scene.children().budget())
                        .getSpec()
                        .getMinAvailable()
                        .getIntVal())
                .isEqualTo(10_000);
    }

    @Test
    void aPoolWithoutASurgeHasRoomForOnePodThatIsEvicted() {
        // given
        var scene = settled(BUDGET, "rollout: {maxSurge: 0, maxUnavailable: 1}");

        // when
        var text = scene.stored().current().text();

        // then
        assertThat(text).contains("max_db_connections: 20");
    }
}
