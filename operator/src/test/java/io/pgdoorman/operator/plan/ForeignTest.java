package io.pgdoorman.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Objects of others that bear the name of one of ours.
class ForeignTest {

    private static final HasMetadata SERVICE = new ServiceBuilder()
            .withNewMetadata()
            .withName("shop")
            .endMetadata()
            .build();
    private static final HasMetadata POLICY = new NetworkPolicyBuilder()
            .withNewMetadata()
            .withName("shop")
            .endMetadata()
            .build();

    @Test
    void whatAPoolDoesNotWantIsInNobodysWay() {
        // given
        var scene = Scene.settled("service: {enabled: false}").child(SERVICE).child(POLICY);

        // when
        var plan = scene.plan();

        // then
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.situation().foreign()).isEmpty();
    }

    @Test
    void podsThatServeAreStillSeenBesideAConflict() {
        // given
        var scene = Scene.settled().child(POLICY);
        scene.edit("networkPolicy: {enabled: true}");

        // when
        var plan = scene.plan();

        // then
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.situation().foreign()).containsExactly(POLICY);
        assertThat(plan.situation().pods(Standing.Kind.IN_STEP)).hasSize(2);
    }

    @Test
    void whatIsBeingDeletedIsNotDeletedAgain() {
        // given
        var scene = Scene.settled();
        Objects.requireNonNull(scene.children().service()).getMetadata().setDeletionTimestamp("2026-11-24T12:00:00Z");
        scene.edit("service: {enabled: false}");

        // when
        var plan = scene.plan();

        // then: a load balancer takes minutes to go
        assertThat(plan.steps()).isEmpty();
    }
}
