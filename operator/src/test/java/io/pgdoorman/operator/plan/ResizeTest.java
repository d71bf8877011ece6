package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.child.ResizeNote;
import io.pgdoorman.operator.child.ResizeNote.Stage;
import io.pgdoorman.operator.child.Resizing;
import io.pgdoorman.operator.child.Rollback;
import io.pgdoorman.operator.status.Happening;
import io.pgdoorman.operator.status.Resizes;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Another size of the pooler's container.
class ResizeTest {

    private static final String SMALL = "resources: {requests: {cpu: 100m, memory: 64Mi}}";
    private static final String LARGE = "resources: {requests: {cpu: 200m, memory: 64Mi}}";
    private static final String LARGER = "resources: {requests: {cpu: 300m, memory: 64Mi}}";
    private static final String HAS_SMALL = "{cpu=100m, memory=64Mi}";
    private static final String HAS_LARGE = "{cpu=200m, memory=64Mi}";

    private final Scene scene = new Scene(SMALL);
    private final SizedFleet fleet = new SizedFleet(scene, "a", "b");

    private static List<String> words(Plan plan) {
        return plan.steps().stream()
                .filter(step -> !(step instanceof Step.Apply(ConfigMap _)))
                .map(step -> switch (step) {
                    case Step.Resize(var pod, var size) ->
                        "resize " + pod + " " + size.requests().get("cpu");
                    case Step.Template(var _, var template, var _) -> "template " + template;
                    case Step.Apply(Deployment next) ->
                        "deploy" + (Boolean.TRUE.equals(next.getSpec().getPaused()) ? " paused" : "");
                    default -> step.toString();
                })
                .toList();
    }

    private void controllerSees() {
        fleet.seeDeployment();
        fleet.seeReplicaSet();
        fleet.control();
    }

    private String cpuOfTemplate() {
        var pooler = scene.deployment()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();
        return Objects.requireNonNull(pooler.getResources().getRequests().get("cpu"))
                .toString();
    }

    @Test
    void onePodTriesItThenAllHaveItThenWhatMakesPods() {
        // when
        scene.edit(LARGE);

        // then
        assertThat(words(fleet.operate())).containsExactly("resize a 200m", "deploy");
        assertThat(words(fleet.operate()))
                .as("the kubelet has not said anything")
                .isEmpty();
        fleet.resize("a");
        assertThat(words(fleet.operate())).containsExactly("resize b 200m");
        assertThat(cpuOfTemplate()).isEqualTo("100m");
        fleet.resize("b");
        assertThat(words(fleet.operate())).containsExactly("deploy paused");
        assertThat(words(fleet.operate()))
                .as("the controller may not know of the pause")
                .isEmpty();
        controllerSees();
        assertThat(words(fleet.operate())).containsExactly("template t1", "deploy paused");
        assertThat(cpuOfTemplate()).isEqualTo("200m");
        fleet.seeDeployment();
        fleet.control();
        assertThat(words(fleet.operate()))
                .as("it may not know of its ReplicaSet")
                .isEmpty();
        controllerSees();
        assertThat(words(fleet.operate())).containsExactly("deploy");
        assertThat(words(fleet.operate())).isEmpty();
        assertThat(ResizeNote.on(scene.deployment())).isNotNull();
        controllerSees();
        var last = scene.plan();
        var told = Resizes.of(last, scene.seen());
        assertThat(words(fleet.operate())).containsExactly("deploy");
        assertThat(told)
                .containsExactly(new Happening(
                        false, "Resized", "Resize", "2 pods have it without a restart: requests.cpu 100m -> 200m"));
        assertThat(words(fleet.operate())).isEmpty();
        assertThat(ResizeNote.on(scene.deployment())).isNull();
        assertThat(fleet.isRolled()).isFalse();
    }

    /// The operator dies between any two steps, the controller sees things late and in any order, kubelets take their
    /// time, pods come and go.
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void endsAsMeantWhereverItIsInterrupted(int other) {
        for (int seed = 0; seed < 8; seed++) {
            var random = new Random(seed);
            var one = new Scene(SMALL);
            var some = new SizedFleet(one, "a", "b");
            one.edit(LARGE);
            for (int i = 0; i < 40; i++) {
                something(some, random, i);
                if (other == 1 && random.nextInt(20) == 0) {
                    one.edit(random.nextBoolean() ? LARGE : random.nextBoolean() ? LARGER : SMALL);
                }
                assertThat(some.isRolled()).as("seed %d, event %d", seed, i).isFalse();
            }
            one.edit(LARGE);
            some.settle();

            // then
            assertThat(some.isRolled()).as("seed %d", seed).isFalse();
            assertThat(some.names())
                    .allSatisfy(pod -> assertThat(some.size(pod)).isEqualTo(HAS_LARGE));
            assertThat(some.made()).isEqualTo(HAS_LARGE);
            assertThat(one.plan().steps()).as("seed %d", seed).isEmpty();
            assertThat(one.deployment().getSpec().getPaused()).isNull();
            assertThat(ResizeNote.on(one.deployment())).isNull();
        }
    }

    private static void something(SizedFleet fleet, Random random, int number) {
        switch (random.nextInt(7)) {
            case 0, 1 -> fleet.operate(random.nextInt(3));
            case 2 -> fleet.operate();
            case 3 ->
                fleet.resize(fleet.names().get(random.nextInt(fleet.names().size())));
            case 4 -> fleet.seeDeployment();
            case 5 -> fleet.seeReplicaSet();
            default -> {
                if (random.nextInt(10) == 0) {
                    fleet.replace(fleet.names().get(random.nextInt(fleet.names().size())), "p" + number);
                }
            }
        }
        if (random.nextBoolean()) {
            fleet.control();
        }
    }

    @Test
    void aPodThatComesMeanwhileGetsItToo() {
        // given
        scene.edit(LARGE);
        fleet.operate();
        fleet.resize("a");
        fleet.operate();

        // when
        fleet.replace("b", "c");

        // then
        assertThat(words(fleet.operate())).containsExactly("resize c 200m");
    }

    @Test
    void whatTheKubeletCannotDoReplacesPodsAndGivesBackWhatWasAsked() {
        // given
        scene.edit(LARGE);
        fleet.operate();

        // when
        fleet.pending("a", "Infeasible: Node didn't have enough capacity: cpu", true);
        var told = Resizes.of(scene.plan(), scene.seen());
        var noted = words(fleet.operate());
        var replaced = words(fleet.operate());

        // then
        assertThat(told)
                .containsExactly(new Happening(
                        true,
                        "ResizeRefused",
                        "Resize",
                        "resources cannot be changed in place, pods are replaced: pod a (Infeasible: Node didn't have"
                                + " enough capacity: cpu)"));
        assertThat(noted).containsExactly("deploy");
        assertThat(replaced).containsExactly("resize a 100m", "deploy");
        assertThat(cpuOfTemplate()).isEqualTo("200m");
        assertThat(fleet.asked("a")).isEqualTo(HAS_SMALL);
        assertThat(words(fleet.operate())).as("it is not tried again").isEmpty();
        assertThat(Resizing.refusal(scene.deployment())).contains("Infeasible");

        // and when
        scene.stuck(1).planAndApply();

        // then
        assertThat(cpuOfTemplate()).isEqualTo("100m");
        assertThat(Rollback.failure(scene.deployment())).isNotNull();
        assertThat(Resizing.refusal(scene.deployment())).isNull();
    }

    @Test
    void whatTakesTooLongReplacesPods() {
        // given
        scene.edit(LARGE);
        fleet.operate();
        fleet.pending("a", "Deferred: Node didn't have enough resource: cpu", false);

        // when
        scene.later(Duration.ofMinutes(14));
        var before = words(fleet.operate());
        scene.later(Duration.ofMinutes(2));
        fleet.operate();

        // then
        assertThat(before).isEmpty();
        assertThat(Resizing.refusal(scene.deployment()))
                .isEqualTo("not done within 15m: pod a (Deferred: Node didn't have enough resource: cpu)");
        fleet.operate();
        assertThat(cpuOfTemplate()).isEqualTo("200m");
    }

    @Test
    void whatTheApiServerRefusesReplacesPods() {
        // given
        scene.edit(LARGE);

        // when
        var plan = Planner.plan(
                scene.pool(),
                scene.want(),
                scene.seen(),
                new Planner.Moment(scene.now(), Scene.DEFAULTS, null, "no such subresource"));

        // then
        assertThat(words(plan)).containsExactly("deploy");
        plan.steps().forEach(scene::apply);
        assertThat(cpuOfTemplate()).isEqualTo("100m");
        assertThat(Resizing.refusal(scene.deployment())).isEqualTo("no such subresource");
    }

    @Test
    void anEditThatNeedsOtherPodsEndsIt() {
        // given
        scene.edit(LARGE);
        fleet.operate();
        fleet.resizeAll();

        // when
        scene.edit(LARGE, "priorityClassName: high");
        fleet.operate();

        // then
        assertThat(cpuOfTemplate()).isEqualTo("200m");
        assertThat(ResizeNote.on(scene.deployment())).isNull();
        assertThat(scene.deployment().getSpec().getPaused()).isNull();
    }

    @Test
    void whileAnotherTemplateReachesPodsTheyGetItWithThat() {
        // given
        scene.edit(SMALL, "priorityClassName: high");
        fleet.operate();

        // when
        scene.edit(LARGE, "priorityClassName: high");
        fleet.operate();

        // then
        assertThat(cpuOfTemplate()).isEqualTo("200m");
        assertThat(ResizeNote.on(scene.deployment())).isNull();
    }

    @Test
    void aLaterTemplateGoesBackToTheNewSize() {
        // given
        scene.edit(LARGE);
        fleet.settle();

        // when
        scene.edit(LARGE, "image: pooler:2").planAndApply();
        scene.stuck(1).planAndApply();

        // then
        assertThat(cpuOfTemplate()).isEqualTo("200m");
        assertThat(scene.image()).isEqualTo(Scene.IMAGE);
    }

    @Test
    void anUpgradeThatWaitsWaitsOn() {
        // given
        scene.operator("pgdoorman/pooler:next");

        // when
        scene.edit(LARGE);
        fleet.settle();

        // then
        assertThat(fleet.isRolled()).isFalse();
        assertThat(cpuOfTemplate()).isEqualTo("200m");
        assertThat(scene.image()).isEqualTo(Scene.IMAGE);
    }

    @Test
    void aHeapThatFollowsTheLimitNeedsOtherPodsAndIsNewThere() {
        // given
        var heap = "jvm: {heapPercent: 50}";
        var own = new Scene("resources: {limits: {memory: 1Gi}}", heap);
        var some = new SizedFleet(own, "a", "b");

        // when
        own.edit("resources: {limits: {memory: 2Gi}}", heap);
        some.operate();

        // then
        var pooler = own.deployment()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst();
        assertThat(pooler.getEnv().getFirst().getValue()).isEqualTo("-Xmx1024m");
        assertThat(pooler.getResources().getLimits().get("memory")).hasToString("2Gi");
    }

    @Test
    void canariesAreForOtherTemplates() {
        // given
        var careful = new Scene(SMALL, "rollout: {canaryPods: 1}");
        var some = new SizedFleet(careful, "a", "b");

        // when
        careful.edit(LARGE, "rollout: {canaryPods: 1}");
        some.settle();

        // then
        assertThat(some.isRolled()).isFalse();
        assertThat(some.made()).isEqualTo(HAS_LARGE);
        assertThat(careful.deployment().getSpec().getMinReadySeconds()).isNull();
    }

    @Test
    void aPauseHoldsItAsOnlyATryWouldTell() {
        // given
        var held = new Scene(SMALL);
        var some = new SizedFleet(held, "a", "b");

        // when
        held.edit(LARGE, "rollout: {paused: true}");
        some.settle();

        // then
        assertThat(some.size("a")).isEqualTo(HAS_SMALL);
        assertThat(held.held()).hasSize(1).first().asString().endsWith("(resize)");
    }

    @Test
    void aPauseInTheMiddleLetsItEndAndStays() {
        // given
        scene.edit(LARGE);
        fleet.operate();
        fleet.resize("a");

        // when
        scene.edit(LARGE, "rollout: {paused: true}");
        fleet.settle();

        // then
        assertThat(fleet.made()).isEqualTo(HAS_LARGE);
        assertThat(ResizeNote.on(scene.deployment())).isNull();
        assertThat(scene.deployment().getSpec().getPaused()).isTrue();
    }

    @Test
    void theBudgetIsSplitAsBefore() {
        // given
        var budget = new Scene(SMALL, "budget: {maxServerConnections: 30}");
        var some = new SizedFleet(budget, "a", "b");
        some.settle();
        var share = Budget.share(budget.want());

        // when
        budget.edit(LARGE, "budget: {maxServerConnections: 30}");

        // then
        for (int i = 0; i < 40; i++) {
            something(some, new Random(i), -1);
            assertThat(Budget.share(budget.want())).isEqualTo(share);
        }
    }

    @Test
    void theTemplateIsWrittenOnlyWhenAllHaveIt() {
        // given
        scene.edit(LARGE);
        fleet.operate();

        // then
        assertThat(Objects.requireNonNull(ResizeNote.on(scene.deployment())).stage())
                .isEqualTo(Stage.PODS);
        assertThat(fleet.made()).isEqualTo(HAS_SMALL);
    }
}
