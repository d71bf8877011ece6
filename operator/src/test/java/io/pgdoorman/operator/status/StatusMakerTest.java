package io.pgdoorman.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.pgdoorman.operator.api.v1alpha1.Condition;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.plan.Scene;
import io.pgdoorman.operator.podlink.PodLink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatusMakerTest {

    private static final String EDIT = "limits: {maxClientConnections: 77}";

    private static Scene settled() {
        var scene = new Scene();
        look(scene);
        scene.rolledOut().pod("a", scene.hash()).pod("b", scene.hash());
        look(scene);
        look(scene);
        scene.later(Duration.ofMinutes(10));
        return scene;
    }

    /// One pass: the status speaks of what was seen before the steps.
    private static DoormanPoolStatus look(Scene scene) {
        var seen = scene.seen();
        var status = StatusMaker.make(
                scene.pool(),
                seen,
                scene.planAndApply(),
                new StatusMaker.Circumstances(Scene.IMAGE, scene.now(), scene.pending(), scene.held(), List.of()));
        scene.pool().setStatus(status);
        return status;
    }

    private static String words(DoormanPoolStatus status) {
        return status.conditions().stream()
                .map(condition -> condition.type() + "=" + condition.status() + "/" + condition.reason())
                .collect(Collectors.joining(" "));
    }

    private static Condition condition(DoormanPoolStatus status, String type) {
        return Conditions.find(status.conditions(), type).orElseThrow();
    }

    @Test
    void podsThatLeaveAreCountedApart() {
        // given
        var scene = settled();
        scene.pod(new PodView("c", "10.0.0.3", false, true, scene.bootHash(), null, null, null));

        // when
        var status = look(scene);

        // then
        assertThat(status.drainingReplicas()).isEqualTo(1);
        assertThat(status.replicas()).isEqualTo(2);
    }

    @Test
    void aPodThatLeavesTellsHowManyClientsItStillHas() {
        // given
        var scene = settled();
        scene.pod(new PodView("c", "10.0.0.3", false, true, scene.bootHash(), null, null, null, null, null, 7));

        // when
        var status = look(scene);

        // then
        assertThat(status.pods()).containsExactly(new DoormanPoolStatus.Pod("c", null, "Terminating", "leaves", 7));
    }

    private static PodLink.State lacking(Scene scene, PodLink.Trouble... troubles) {
        return new PodLink.State(
                "1", "ready", scene.hash(), 1, null, 0, 0, 0, 0, -1, List.of(troubles), Set.of(), Map.of());
    }

    @Test
    void serversThatPodsGetNoConnectionFromAreNamedWithAPodThatSaysSo() {
        // given
        var scene = settled();
        var refused = new PodLink.Trouble("shop", "login", "server db:5432 says: wrong password");
        scene.pod("a", scene.hash(), lacking(scene, refused)).pod("b", scene.hash(), lacking(scene, refused));

        // when
        var status = look(scene);

        // then
        var condition = condition(status, "ServersReachable");
        assertThat(condition.status()).isEqualTo("False");
        assertThat(condition.reason()).isEqualTo("AuthFailed");
        assertThat(condition.message()).isEqualTo("pod a, database shop: server db:5432 says: wrong password");
        assertThat(condition(status, "Ready").isTrue())
                .as("the pods do what they are asked to")
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"login, AuthFailed", "tls, TlsFailed", "unreachable, Refused", "word of a newer pooler, Refused"})
    void theReasonTellsWhatIsWrongWithAServer(String kind, String reason) {
        // given
        var scene = settled();
        scene.pod("b", scene.hash(), lacking(scene, new PodLink.Trouble("shop", kind, "it")));

        // when
        var status = look(scene);

        // then
        assertThat(condition(status, "ServersReachable").reason()).isEqualTo(reason);
    }

    @Test
    void serversAreReachableWhenNoPodLacksConnectionsAndUnknownWhenNoneSays() {
        // given
        var silent = settled();
        var well = settled();
        well.pod("a", well.hash(), lacking(well)).pod("b", well.hash(), lacking(well));

        // when
        var told = condition(look(well), "ServersReachable");
        var untold = Conditions.find(look(silent).conditions(), "ServersReachable");

        // then
        assertThat(told.isTrue()).isTrue();
        assertThat(untold).isEmpty();
    }

    @Test
    void anEventTellsWhenServersAreLostAndWhenTheyAreBack() {
        // given
        var scene = settled();
        scene.pod("a", scene.hash(), lacking(scene));
        var before = look(scene);
        scene.pod("a", scene.hash(), lacking(scene, new PodLink.Trouble("shop", "unreachable", "connection refused")));
        var lost = look(scene);

        // when
        var events = Stream.of(
                        Transitions.between(before, lost),
                        Transitions.between(lost, lost),
                        Transitions.between(lost, before))
                .flatMap(List::stream)
                .map(Happening::reason)
                .toList();

        // then
        assertThat(events).containsExactly("ServerUnreachable", "ServersReachable");
    }

    @Test
    void newPoolIsBeingMade() {
        // given
        var scene = new Scene();

        // when
        var status = look(scene);

        // then
        assertThat(words(status))
                .isEqualTo("Ready=False/WaitingForPods Reconciling=True/CreatingChildren Available=False/NoPods"
                        + " ConfigApplied=False/PartiallyAcknowledged SecretsResolved=True/Resolved");
        assertThat(status.readiness()).isEqualTo("0/2");
    }

    @Test
    void settledPoolIsReady() {
        // given
        var scene = settled();

        // when
        var status = look(scene);

        // then
        assertThat(words(status))
                .isEqualTo("Ready=True/AllPodsInSync Available=True/MinimumPodsReady ConfigApplied=True/Acknowledged"
                        + " SecretsResolved=True/Resolved");
        assertThat(status.readiness()).isEqualTo("2/2");
        assertThat(status.config().acked()).isEqualTo("2/2");
        assertThat(status.selector()).isEqualTo("pgdoorman.io/pool=shop");
        assertThat(Objects.requireNonNull(status.endpoints()).readWrite()).isEqualTo("shop.prod.svc:6432");
        assertThat(status.pods()).isEmpty();
    }

    @Test
    void secondLookGivesTheSameStatus() {
        // given
        var scene = settled();
        var first = look(scene);

        // when
        var second = look(scene.later(Duration.ofHours(1)));

        // then
        assertThat(second).isEqualTo(first);
    }

    @Test
    void hotChangeIsNotReadyUntilAllHaveLoadedIt() {
        // given
        var scene = settled().edit(EDIT);
        var first = look(scene);
        scene.pod("a", scene.hash());

        // when
        var second = look(scene);

        // then
        assertThat(words(first)).contains("Ready=False/ConfigNotAcknowledged Reconciling=True/ReloadingConfig");
        assertThat(second.config().acked()).isEqualTo("1/2");
        assertThat(words(second)).contains("ConfigApplied=False/PartiallyAcknowledged");
        assertThat(second.observedGeneration()).isEqualTo(2);
        assertThat(second.pods()).extracting(DoormanPoolStatus.Pod::name).containsExactly("b");
    }

    @Test
    void refusalNamesPodAndReason() {
        // given
        var scene = settled().edit(EDIT);
        look(scene);
        scene.refused(new Rejection(scene.hash(), "a", "general.max_connections: is wrong"));

        // when
        var status = look(scene);

        // then
        assertThat(words(status))
                .contains("Ready=False/ConfigNotAcknowledged Stalled=True/ReloadRejected")
                .contains("ConfigApplied=False/Rejected")
                .contains("Available=True");
        assertThat(condition(status, "Stalled").message())
                .isEqualTo("pod a refused the configuration: general.max_connections: is wrong; the last good"
                        + " configuration stays in use");
        assertThat(status.config().rejectedBy()).isEqualTo("a");
    }

    @Test
    void missingSecretIsNamedWhilePodsServe() {
        // given
        var scene = settled().noSecret();

        // when
        var status = look(scene);

        // then
        assertThat(words(status))
                .contains("Ready=False/DependencyMissing Stalled=True/SecretMissing Available=True/MinimumPodsReady")
                .contains("SecretsResolved=False/NotFound");
        assertThat(condition(status, "SecretsResolved").message())
                .isEqualTo("user app: Secret app-db does not exist (key password is read from it)");
    }

    @Test
    void foreignObjectIsAConflict() {
        // given
        var service = new ServiceBuilder()
                .withNewMetadata()
                .withName("shop")
                .endMetadata()
                .build();

        // when
        var status = look(new Scene().child(service));

        // then
        assertThat(words(status)).contains("Ready=False/DependencyMissing Stalled=True/ChildConflict");
        assertThat(condition(status, "Stalled").message()).startsWith("Service shop is not this pool's");
    }

    @Test
    void silentPodIsNamed() {
        // given
        var scene = settled();
        scene.pod("b", scene.hash(), new PodLink.Silent("no answer from 10.0.0.1:9127"));

        // when
        var status = look(scene);

        // then
        assertThat(words(status))
                .contains("ConfigApplied=False/PodsUnreachable")
                .contains("Ready=False");
        assertThat(condition(status, "ConfigApplied").message()).contains("pod b (no answer from");
    }

    @Test
    void podThatStartsKeepsThePoolFromBeingReady() {
        // given
        var scene = settled().edit("replicas: 3");
        look(scene);
        scene.rolledOut().pod(new PodView("c", null, false, false, scene.bootHash(), null, null, null));

        // when
        var status = look(scene);

        // then
        assertThat(words(status))
                .contains("Ready=False/RolloutInProgress Reconciling=True/RollingOut Available=False/TooFewPods");
        assertThat(status.readiness()).isEqualTo("2/3");
    }

    @Test
    void imageThatCannotBePulledIsAStall() {
        // given
        var scene = settled();
        scene.pod(new PodView("c", null, false, false, scene.bootHash(), null, "ImagePullBackOff: no such", null));

        // when
        var status = look(scene);

        // then
        assertThat(words(status)).contains("Stalled=True/ImagePull");
    }

    @Test
    void transitionTimeMovesOnlyWithTheStatus() {
        // given
        var scene = settled();
        var before = condition(look(scene), "Ready");
        var avail = condition(Objects.requireNonNull(scene.pool().getStatus()), "Available");
        scene.later(Duration.ofMinutes(1)).edit(EDIT);

        // when
        var after = look(scene);

        // then
        assertThat(condition(after, "Ready").lastTransitionTime()).isNotEqualTo(before.lastTransitionTime());
        assertThat(condition(after, "Available").lastTransitionTime()).isEqualTo(avail.lastTransitionTime());
    }

    @Test
    void eventsTellTransitionsOnce() {
        // given
        var scene = settled();
        var ready = look(scene);
        scene.edit(EDIT);
        var reloading = look(scene);
        scene.pod("a", scene.hash()).pod("b", scene.hash());
        look(scene);
        var done = look(scene);
        scene.noSecret();
        var stalled = look(scene);

        // when
        var told = List.of(
                reasons(ready, ready),
                reasons(ready, reloading),
                reasons(reloading, done),
                reasons(done, stalled),
                reasons(stalled, stalled));

        // then
        assertThat(told)
                .containsExactly(List.of(), List.of(), List.of("ConfigReloaded"), List.of("SecretMissing"), List.of());
    }

    private static List<String> reasons(DoormanPoolStatus before, DoormanPoolStatus after) {
        return Transitions.between(before, after).stream()
                .map(Happening::reason)
                .toList();
    }

    @Test
    void aChangeThatWaitsForApprovalKeepsThePoolFromBeingReady() {
        // given
        var scene = settled();
        scene.edit("reload: {policy: Manual}", EDIT);

        // when
        var status = look(scene);

        // then
        assertThat(words(status))
                .startsWith("Ready=False/ApprovalPending Reconciling=True/ApprovalPending Available=True");
        assertThat(condition(status, Reasons.READY).message())
                .isEqualTo("a change (hot) waits for annotation pgdoorman.io/approve-hash="
                        + Objects.requireNonNull(status.pending()).hash());
    }

    @Test
    void aPausedPoolSaysSoAndIsReadyAsLongAsNothingIsToBeDone() {
        // given
        var scene = settled();
        scene.annotate(DoormanPool.PAUSED, "true");

        // when
        var idle = words(look(scene));
        scene.edit(EDIT).annotate(DoormanPool.PAUSED, "true");
        var open = words(look(scene));

        // then
        assertThat(idle).startsWith("Ready=True/AllPodsInSync Paused=True/UserRequested");
        assertThat(open).startsWith("Ready=False/Paused Paused=True/UserRequested");
    }

    @Test
    void aNewPoolWaitsForTheCertificateThatItAsksFor() throws IOException {
        // given
        var scene = new Scene("tls: {client: {issuerRef: {name: company}}}").noCertificate();

        // when
        var asking = look(scene);
        var waiting = look(scene);
        var certificate = Objects.requireNonNull(scene.children().certificate());
        var told = new HashMap<>(certificate.getAdditionalProperties());
        told.put("status", Map.of("conditions", List.of(Map.of("type", "Ready", "status", "True"))));
        certificate.setAdditionalProperties(told);
        scene.certificate(Files.readString(Path.of("src/test/resources/tls/shop.pem")));
        var issued = look(scene);

        // then
        assertThat(words(asking))
                .contains("Ready=False/DependencyMissing", "Reconciling=True/IssuingCertificate")
                .doesNotContain("Stalled");
        assertThat(condition(waiting, Reasons.CERTIFIED).message())
                .isEqualTo("Certificate shop-tls is not ready: nobody has looked at it yet");
        assertThat(words(issued)).contains("Reconciling=True/CreatingChildren", "Certified=True/Issued");
        assertThat(scene.children().deployment()).isNotNull();
        assertThat(words(look(scene.edit()))).doesNotContain("Certified");
        assertThat(scene.children().certificate()).isNull();
    }

    @Test
    void whereNobodyKnowsCertificatesOneHasToHelp() {
        // given
        var scene = new Scene("tls: {client: {issuerRef: {name: company}}}")
                .noCertificate()
                .knowsNo("Certificate");

        // when
        var status = look(scene);

        // then
        assertThat(words(status)).contains("Stalled=True/SecretMissing", "Certified=False/CrdMissing");
        assertThat(condition(status, Reasons.CERTIFIED).message()).contains("install cert-manager");
        assertThat(scene.children().certificate()).isNull();
    }

    @Test
    void podMonitorThatTheClusterDoesNotKnowIsToldAndKeepsNothingBack() {
        // given
        var scene = settled().knowsNo("PodMonitor").edit("monitoring: {podMonitor: {enabled: true}}");

        // when
        var status = look(scene);

        // then
        assertThat(words(status)).contains("Ready=True/AllPodsInSync").endsWith("Monitored=False/CrdMissing");
        assertThat(condition(status, Reasons.MONITORED).message()).contains("install the Prometheus operator");
    }

    @Test
    void podMonitorThatIsMadeIsTold() {
        // given
        var scene = settled().edit("monitoring: {podMonitor: {enabled: true}}");

        // when
        var status = look(scene);

        // then
        assertThat(words(status)).endsWith("Monitored=True/Applied");
        assertThat(words(look(scene.edit()))).doesNotContain("Monitored");
    }

    @Test
    void objectThatTheApiServerRefusesStallsThePool() {
        // given
        var scene = settled();
        var why = new Problem("Deployment shop", "the API server refuses it: spec.template.spec.foo: not a field");

        // when
        var status = StatusMaker.make(
                scene.pool(),
                scene.seen(),
                scene.plan(),
                new StatusMaker.Circumstances(Scene.IMAGE, scene.now(), null, List.of(), List.of(why)));

        // then
        assertThat(words(status)).startsWith("Ready=False/InvalidConfig Stalled=True/InvalidConfig");
        assertThat(condition(status, Reasons.STALLED).message()).isEqualTo(why + "; pods stay as they are");
    }

    @Test
    void pauseIsToldWhenAllPodsHaveIt() {
        // given
        var scene = settled().edit("pause: {all: true}");
        var first = look(scene);
        scene.pod("a", scene.hash()).pod("b", scene.hash());

        // when
        var second = look(scene);

        // then
        assertThat(words(first)).doesNotContain("Paused=");
        assertThat(words(second)).contains("Ready=True/AllPodsInSync Paused=True/UserRequested");
        assertThat(condition(second, Reasons.PAUSED).message())
                .isEqualTo("no transaction begins in any database: spec.pause; 2 pods have acknowledged it");
    }

    @Test
    void lastReloadIsWhenTheLastPodAcknowledged() {
        // given
        var scene = settled();
        var before = look(scene).config().lastReloadTime();
        scene.edit(EDIT).later(Duration.ofMinutes(1));
        look(scene);
        scene.pod("a", scene.hash()).later(Duration.ofSeconds(5));
        var halfway = look(scene).config().lastReloadTime();

        // when
        scene.pod("b", scene.hash()).later(Duration.ofSeconds(5));
        var after = look(scene).config().lastReloadTime();

        // then
        assertThat(before).isNotNull();
        assertThat(halfway).isEqualTo(before);
        assertThat(after).isEqualTo(scene.now().toString());
        assertThat(look(scene.later(Duration.ofHours(1))).config().lastReloadTime())
                .isEqualTo(after);
    }

    @Test
    void rolloutIsToldFromItsFirstPodToItsLast() {
        // given
        var scene = settled();
        var before = Objects.requireNonNull(look(scene).rollout());
        scene.edit("image: pooler:2").later(Duration.ofMinutes(1));
        look(scene);
        Objects.requireNonNull(scene.children().deployment())
                .setStatus(new DeploymentStatusBuilder()
                        .withReplicas(3)
                        .withUpdatedReplicas(1)
                        .build());

        // when
        var during = Objects.requireNonNull(look(scene).rollout());
        scene.rolledOut().later(Duration.ofMinutes(1));
        var after = Objects.requireNonNull(look(scene).rollout());

        // then
        assertThat(before.phase()).isEqualTo("Complete");
        assertThat(before.currentRevision()).isEqualTo(before.updateRevision());
        assertThat(during.phase()).isEqualTo("Progressing");
        assertThat(during.currentRevision()).isEqualTo(before.currentRevision());
        assertThat(during.updateRevision()).isNotEqualTo(before.updateRevision());
        assertThat(after.phase()).isEqualTo("Complete");
        assertThat(after.currentRevision()).isEqualTo(during.updateRevision());
        assertThat(after.startedAt()).isEqualTo(during.startedAt()).isNotEqualTo(before.startedAt());
    }

    @Test
    void secretsAreToldWithTheirVersionsAndThePodsThatHaveThem() {
        // given
        var scene = settled();
        scene.secret("7", "n3w").later(Duration.ofMinutes(1));

        // when
        var first = look(scene).secrets();
        scene.pod("a", scene.hash());
        var second = look(scene).secrets();

        // then
        assertThat(first).containsExactly(new DoormanPoolStatus.Secret("app-db", "7", 0));
        assertThat(second).containsExactly(new DoormanPoolStatus.Secret("app-db", "7", 1));
    }
}
