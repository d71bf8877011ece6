package io.pgdoorman.operator.status;

import static io.pgdoorman.operator.status.StatusStage.EDIT;
import static io.pgdoorman.operator.status.StatusStage.condition;
import static io.pgdoorman.operator.status.StatusStage.look;
import static io.pgdoorman.operator.status.StatusStage.reasons;
import static io.pgdoorman.operator.status.StatusStage.settled;
import static io.pgdoorman.operator.status.StatusStage.words;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.observe.PodView;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class StatusMakerTest {
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
        scene.pod(new PodView("c", "10.0.0.3", false, true, scene.bootHash(), null, null, null, null, null, 7, null));

        // when
        var status = look(scene);

        // then
        assertThat(status.pods()).containsExactly(new DoormanPoolStatus.Pod("c", null, "Terminating", "leaves", 7));
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
