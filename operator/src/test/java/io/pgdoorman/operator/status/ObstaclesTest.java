package io.pgdoorman.operator.status;

import static io.pgdoorman.operator.status.StatusStage.EDIT;
import static io.pgdoorman.operator.status.StatusStage.condition;
import static io.pgdoorman.operator.status.StatusStage.look;
import static io.pgdoorman.operator.status.StatusStage.settled;
import static io.pgdoorman.operator.status.StatusStage.words;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.child.StoredConfig.Rejection;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.plan.Scene;
import io.pgdoorman.operator.podlink.PodLink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What keeps a pool from being ready is told by the first thing that a person would want to know.
class ObstaclesTest {
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
}
