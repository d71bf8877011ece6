package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.Gated;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ApprovalTest {

    private static final String MANUAL = "reload: {policy: Manual}";
    private static final String EDIT = "limits: {maxClientConnections: 77}";

    private static Scene settled(String... extra) {
        var scene = new Scene(extra);
        scene.planAndApply();
        scene.rolledOut().pod("a", scene.hash()).pod("b", scene.hash());
        scene.planAndApply();
        scene.later(Duration.ofMinutes(10));
        return scene;
    }

    @Test
    void theFirstSpecOfAPoolNeedsNoApproval() {
        // given
        var scene = new Scene(MANUAL);

        // when
        scene.planAndApply();

        // then
        assertThat(scene.pending()).isNull();
        assertThat(scene.stored().current().hash()).isEqualTo(scene.hash());
    }

    @Test
    void aHotChangeWaitsWithItsHashClassAndFields() {
        // given
        var scene = settled(MANUAL);

        // when
        scene.edit(MANUAL, EDIT);
        var plan = scene.planAndApply();

        // then
        assertThat(plan.steps()).isEmpty();
        var pending = Objects.requireNonNull(scene.pending());
        assertThat(pending.hash()).isEqualTo(Gated.hash(scene.pool().getSpec()));
        assertThat(pending.effect()).isEqualTo("hot");
        assertThat(pending.changes()).containsExactly("spec.limits.maxClientConnections: 10000 -> 77 (hot)");
        assertThat(pending.problems()).isEmpty();
    }

    @Test
    void aRollAndTheFirstEditTogetherWithThePolicyWaitToo() {
        // given
        var scene = settled();

        // when
        scene.edit(MANUAL, "image: pooler:2");
        var plan = scene.planAndApply();

        // then
        assertThat(plan.steps()).isEmpty();
        assertThat(Objects.requireNonNull(scene.pending()).effect()).isEqualTo("roll");
    }

    @Test
    void theAnnotationReleasesThisChangeAndNoOther() {
        // given
        var scene = settled(MANUAL);
        scene.edit(MANUAL, EDIT);
        var hash = Objects.requireNonNull(scene.pending()).hash();

        // when
        scene.annotate(DoormanPool.APPROVE_HASH, hash);
        scene.planAndApply();
        var text = scene.stored().current().text();
        scene.edit(MANUAL, "limits: {maxClientConnections: 78}").annotate(DoormanPool.APPROVE_HASH, hash);

        // then
        assertThat(text).contains("max_connections: 77");
        assertThat(Objects.requireNonNull(scene.pending()).changes())
                .containsExactly("spec.limits.maxClientConnections: 77 -> 78 (hot)");
    }

    @Test
    void replicasServiceAndSecretsDoNotWait() {
        // given
        var scene = settled(MANUAL);
        scene.edit(MANUAL, EDIT, "replicas: 4", "service: {type: NodePort}").secret("2", "newer");

        // when
        scene.planAndApply();
        scene.pod("a", scene.hash()).pod("b", scene.hash());
        scene.planAndApply();

        // then
        var children = scene.seen().children();
        assertThat(Objects.requireNonNull(children.deployment()).getSpec().getReplicas())
                .isEqualTo(4);
        assertThat(Objects.requireNonNull(children.service()).getSpec().getType())
                .isEqualTo("NodePort");
        assertThat(scene.stored().current().text()).contains("user-app-2").contains("max_connections: 10000");
        assertThat(Objects.requireNonNull(scene.pending()).changes()).hasSize(1);
    }

    @Test
    void aHashThatDiffersOnlyInReplicasIsTheSame() {
        // given
        var few = new Scene(EDIT).pool().getSpec();
        var many = new Scene(EDIT, "replicas: 50").pool().getSpec();

        // when / then
        assertThat(Gated.hash(many)).isEqualTo(Gated.hash(few));
    }

    @Test
    void whatWasStoredByAnotherVersionAndCannotBeReadCountsAsNothing() {
        // given
        var spec = new Scene(MANUAL).pool().getSpec();

        // when / then
        assertThat(Gated.with(spec, "{\"surprise\": 1}")).isEmpty();
        assertThat(Gated.with(spec, "no json")).isEmpty();
        assertThat(Gated.with(spec, null)).isEmpty();
    }
}
