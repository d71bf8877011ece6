package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.podlink.PodLink;
import io.pgdoorman.operator.podlink.PodLink.Fault;
import io.pgdoorman.operator.podlink.PodLink.Load;
import io.pgdoorman.operator.podlink.PodLink.Rejected;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PlannerTest {

    private static final String EDIT = "limits: {maxClientConnections: 77}";

    /// Two pods that run the first configuration, all objects as they should be.
    private static Scene settled() {
        var scene = new Scene();
        scene.planAndApply();
        scene.rolledOut().pod("a", scene.hash()).pod("b", scene.hash());
        scene.planAndApply();
        scene.later(Duration.ofMinutes(10));
        return scene;
    }

    private static List<String> words(Plan plan) {
        return plan.steps().stream()
                .map(step -> switch (step) {
                    case Step.Apply(var child) -> "apply " + child.getKind();
                    case Step.Remove(var child) -> "remove " + child.getKind();
                    case Step.Resize(var pod, var _) -> "resize " + pod;
                    case Step.Template(var _, var template, var _) -> "template " + template;
                    case Step.Scale(var replicas) -> "scale to " + replicas;
                    case Step.Nudge(var pod, var _) -> "nudge " + pod;
                    case Step.Revoke(var pod, var _, var users) -> "revoke " + users + " in " + pod;
                    case Step.Expel(var pod, var _, var users) -> "expel " + users + " from " + pod;
                    case Step.Grant(var pod, var _, var _) -> "grant " + pod;
                    case Step.Hold(var pod, var _) -> "hold " + pod;
                    case Step.Allow allow -> "allow " + allow.pod() + " " + allow.connections();
                    case Step.Reload(var pod, var _, var _, var generation) -> "reload " + pod + " " + generation;
                })
                .toList();
    }

    private static State running(String hash) {
        return new State("1", "ready", hash, 1, null, Load.NONE, Map.of());
    }

    @Test
    void newPoolGetsItsObjectsSecretsFirst() {
        // given
        var scene = new Scene();

        // when
        var plan = scene.plan();

        // then
        assertThat(words(plan))
                .containsExactly(
                        "apply Secret",
                        "apply Secret",
                        "apply ConfigMap",
                        "apply Deployment",
                        "apply Service",
                        "apply Service",
                        "apply PodDisruptionBudget");
    }

    @Test
    void secondLookWritesNothing() {
        // given
        var scene = settled();

        // when
        var plan = scene.plan();

        // then
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.again()).isEqualTo(Planner.IDLE);
        assertThat(Objects.requireNonNull(scene.stored().lastGood()).hash()).isEqualTo(scene.hash());
    }

    @Test
    void hotChangeGoesToTheCanaryOnly() {
        // given
        var scene = settled().edit(EDIT);

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(words(plan)).containsExactly("apply ConfigMap", "nudge a", "reload a 2");
        assertThat(plan.again()).isEqualTo(Planner.WHILE_RELOADING);
    }

    @Test
    void canaryThatWasToldIsAskedAgainAndNotToldAgain() {
        // given
        var scene = settled();
        var old = scene.hash();
        scene.edit(EDIT).planAndApply();
        scene.pod("b", scene.hash(), running(old));

        // when
        var plan = scene.plan();

        // then
        assertThat(words(plan)).containsExactly("reload b 2");
    }

    @Test
    void othersFollowWhenTheCanaryHasLoadedIt() {
        // given
        var scene = settled();
        scene.pod("c", scene.hash());
        scene.edit(EDIT).planAndApply();
        scene.pod("a", scene.hash());

        // when
        var plan = scene.plan();

        // then
        assertThat(words(plan)).containsExactly("nudge b", "reload b 2", "nudge c", "reload c 2");
    }

    @Test
    void withoutCanaryAllGoAtOnce() {
        // given
        var scene = settled().edit(EDIT, "reload: {canary: false}");

        // when
        var plan = scene.plan();

        // then
        assertThat(words(plan)).containsExactly("apply ConfigMap", "nudge a", "reload a 2", "nudge b", "reload b 2");
    }

    @Test
    void refusalStopsItAndGoesBackToWhatWasGood() {
        // given
        var scene = settled();
        var good = scene.hash();
        scene.edit(EDIT).planAndApply();
        var bad = scene.hash();
        scene.refused(new Rejection(bad, "a", "general.max_connections: is wrong"));

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(words(plan)).containsExactly("apply ConfigMap");
        assertThat(scene.stored().current().hash()).isEqualTo(good);
        assertThat(scene.stored().rejected())
                .isEqualTo(new Rejection(bad, "a", "general.max_connections: is wrong", 1, scene.now(), false));
        assertThat(scene.plan().steps()).as("it is not tried again").isEmpty();
    }

    @Test
    void podThatWasQuickerThanTheRefusalGoesBackToo() {
        // given
        var scene = settled();
        var good = scene.hash();
        scene.edit(EDIT).planAndApply();
        scene.pod("a", scene.hash());
        scene.refused(new Rejection(scene.hash(), "b", "no"));

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(words(plan)).containsExactly("apply ConfigMap", "nudge a", "reload a 2");
        assertThat(plan.steps()).contains(new Step.Nudge("a", good));
    }

    @Test
    void editAfterARefusalIsTried() {
        // given
        var scene = settled().edit(EDIT);
        scene.planAndApply();
        scene.refused(new Rejection(scene.hash(), "a", "no")).planAndApply();
        scene.edit("limits: {maxClientConnections: 78}");

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(words(plan)).containsExactly("apply ConfigMap", "nudge a", "reload a 3");
        assertThat(scene.stored().rejected()).isNull();
    }

    @Test
    void refusalThatAPodMetWhenItBootedCounts() {
        // given
        var scene = settled();
        var good = scene.hash();
        scene.edit(EDIT).planAndApply();
        var refused = new Rejected(scene.hash(), List.of(new Fault("pools.shop", "is wrong")));
        scene.pod("c", null, new State("1", "ready", good, 1, refused, Load.NONE, Map.of()));

        // when
        scene.planAndApply();

        // then
        assertThat(scene.stored().rejected())
                .isEqualTo(new Rejection(scene.hash(), "c", "pools.shop: is wrong", 1, scene.now(), false));
    }

    @Test
    void secretFilesThatAreNotThereYetAreNoRefusal() {
        // given
        var scene = settled();
        var good = scene.hash();
        scene.edit(EDIT).planAndApply();
        var refused = new Rejected(
                scene.hash(), List.of(new Fault("pools.shop", "file /etc/pgdoorman/user-app-2 does not exist")));
        scene.pod("a", scene.hash(), new State("1", "ready", good, 1, refused, Load.NONE, Map.of()));

        // when
        var soon = words(scene.plan());
        var late = words(scene.later(Duration.ofSeconds(11)).plan());

        // then
        assertThat(soon).containsExactly("reload a 2");
        assertThat(late).containsExactly("apply ConfigMap");
    }

    @Test
    void rotatedSecretIsAHotChangeThatKeepsTheOldFile() {
        // given
        var scene = settled().secret("2", "n3w");

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(words(plan)).containsExactly("apply Secret", "apply ConfigMap", "nudge a", "reload a 1");
        assertThat(Objects.requireNonNull(scene.children().secrets()).getData())
                .containsOnlyKeys("user-app-1", "user-app-2");
    }

    @Test
    void oldSecretFileLeavesWhenAllPodsRunTheNewOne() {
        // given
        var scene = settled().secret("2", "n3w");
        scene.planAndApply();
        scene.pod("a", scene.hash()).pod("b", scene.hash());

        // when
        scene.planAndApply();
        scene.planAndApply();

        // then
        assertThat(Objects.requireNonNull(scene.children().secrets()).getData()).containsOnlyKeys("user-app-2");
        assertThat(scene.plan().steps()).isEmpty();
    }

    @Test
    void changedImageWaitsUntilTheHotPartIsAcknowledged() {
        // given
        var scene = settled().edit(EDIT, "image: other:2");
        var first = words(scene.planAndApply());
        scene.pod("a", scene.hash()).pod("b", scene.hash());

        // when
        var second = words(scene.planAndApply());

        // then
        assertThat(first).containsExactly("apply ConfigMap", "nudge a", "reload a 2");
        assertThat(second).containsExactly("apply ConfigMap", "apply Deployment");
    }

    @Test
    void changedImageDoesNotWaitForEver() {
        // given
        var scene = settled().edit(EDIT, "image: other:2");
        scene.planAndApply();

        // when
        var plan = scene.later(Duration.ofSeconds(61)).plan();

        // then
        assertThat(words(plan)).contains("apply Deployment");
        assertThat(plan.situation().isLate()).isTrue();
    }

    @Test
    void hotChangeNeverAltersTheTemplate() {
        // given
        var scene = settled();
        var before =
                Objects.requireNonNull(scene.children().deployment()).getSpec().getTemplate();
        scene.edit(EDIT, "poolMode: Session", "databases: [{name: other, serverRefs: [main], poolSize: 3}]");
        scene.planAndApply();
        scene.pod("a", scene.hash()).pod("b", scene.hash()).planAndApply();

        // when
        var after =
                Objects.requireNonNull(scene.children().deployment()).getSpec().getTemplate();

        // then
        assertThat(after).isEqualTo(before);
    }

    @Test
    void changedPortRollsAndNoOldPodIsAskedToReload() {
        // given
        var scene = settled();
        var oldBoot = scene.bootHash();
        var old = scene.hash();
        scene.edit("port: 7000");
        for (var name : List.of("a", "b")) {
            scene.pod(new PodView(name, "10.0.0.1", true, false, oldBoot, null, null, running(old)));
        }

        // when
        var plan = scene.plan();

        // then
        assertThat(words(plan))
                .containsExactly("apply ConfigMap", "apply Deployment", "apply Service", "apply Service");
        assertThat(plan.situation().pods(Standing.Kind.TO_BE_REPLACED)).hasSize(2);
    }

    @Test
    void missingSecretKeepsThePodsAndStillScales() {
        // given
        var scene = settled().noSecret().edit("replicas: 3");

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(words(plan)).containsExactly("apply Deployment");
        assertThat(Objects.requireNonNull(scene.children().secrets()).getData()).containsOnlyKeys("user-app-1");
    }

    @Test
    void newPoolWithoutItsSecretWaits() {
        // given
        var scene = new Scene().noSecret();

        // when
        var plan = scene.plan();

        // then
        assertThat(plan.steps()).isEmpty();
    }

    @Test
    void foreignObjectIsLeftAlone() {
        // given
        var service = new ServiceBuilder()
                .withNewMetadata()
                .withName("shop")
                .endMetadata()
                .build();
        var scene = new Scene().child(service);

        // when
        var plan = scene.plan();

        // then
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.situation().foreign()).containsExactly(service);
    }

    @Test
    void silentPodDoesNotStopTheOthers() {
        // given
        var scene = settled();
        scene.pod("a", scene.hash(), new PodLink.Silent("no answer")).edit(EDIT);

        // when
        var plan = scene.plan();

        // then
        assertThat(words(plan)).containsExactly("apply ConfigMap", "nudge b", "reload b 2");
    }

    @Test
    void editedConfigMapIsWrittenAsItWas() {
        // given
        var scene = settled();
        Objects.requireNonNull(scene.children().config()).getData().put("pgdoorman.yaml", "general: {}");

        // when
        var plan = scene.plan();

        // then
        assertThat(words(plan)).containsExactly("apply ConfigMap");
    }

    /// A pod that refuses the other file boots with it.
    @Test
    void editedLastGoodConfigurationIsWrittenAsItWas() {
        // given
        var scene = settled();
        var data = Objects.requireNonNull(scene.children().config()).getData();
        var good = data.put("last-good.yaml", "general: {}");

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(words(plan)).containsExactly("apply ConfigMap");
        assertThat(Objects.requireNonNull(scene.children().config()).getData()).containsEntry("last-good.yaml", good);
    }

    @Test
    void singlePodHasNoBudgetAndAServiceCanBeTurnedOff() {
        // given
        var scene = settled().edit("replicas: 1", "service: {enabled: false}");

        // when
        var plan = scene.plan();

        // then
        assertThat(words(plan)).containsExactly("apply Deployment", "remove Service", "remove PodDisruptionBudget");
    }

    @Test
    void disruptionBudgetCanBeTurnedOffAndOn() {
        // given
        var off = settled().edit("disruptionBudget: {enabled: false}");
        var on = settled().edit("replicas: 1", "disruptionBudget: {enabled: true, maxUnavailable: 1}");

        // then
        assertThat(words(off.plan())).containsExactly("remove PodDisruptionBudget");
        assertThat(words(on.plan())).containsExactly("apply Deployment");
    }

    @Test
    void podMonitorComesAndGoes() {
        // given
        var scene = settled().edit("monitoring: {podMonitor: {enabled: true}}");

        // when
        var first = scene.planAndApply();
        var second = scene.planAndApply();
        var third = scene.edit().planAndApply();

        // then
        assertThat(words(first)).containsExactly("apply PodMonitor");
        assertThat(words(second)).isEmpty();
        assertThat(words(third)).containsExactly("remove PodMonitor");
    }

    @Test
    void podMonitorIsNotMadeWhereItIsUnknown() {
        // given
        var scene = settled().knowsNo("PodMonitor").edit("monitoring: {podMonitor: {enabled: true}}");

        // when
        var plan = scene.plan();

        // then
        assertThat(words(plan)).isEmpty();
    }

    @Test
    void editedConfigMapIsWrittenAsItWasThoughTheSpecIsWrong() {
        // given
        var scene = settled().edit("budget: {maxServerConnections: 1}");
        assertThat(scene.want()).isInstanceOf(Want.Wrong.class);
        scene.planAndApply();
        var data = Objects.requireNonNull(scene.children().config()).getData();
        var good = data.put("pgdoorman.yaml", "general: {host: 0.0.0.0}");

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(words(plan)).containsExactly("apply ConfigMap");
        assertThat(Objects.requireNonNull(scene.children().config()).getData()).containsEntry("pgdoorman.yaml", good);
        assertThat(scene.plan().steps()).isEmpty();
    }

    @Test
    void editedLastGoodConfigurationIsWrittenAsItWasThoughASecretIsMissing() {
        // given
        var scene = settled().noSecret();
        scene.planAndApply();
        var data = Objects.requireNonNull(scene.children().config()).getData();
        var good = data.put("last-good.yaml", "no: yaml: at: all");

        // when
        var plan = scene.planAndApply();

        // then
        assertThat(words(plan)).containsExactly("apply ConfigMap");
        assertThat(Objects.requireNonNull(scene.children().config()).getData()).containsEntry("last-good.yaml", good);
    }
}
