package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import java.util.Map;

/// The PodDisruptionBudget: a node drain takes one pod at a time, and never waits for a broken one.
public final class DisruptionBudgetChild {

    private DisruptionBudgetChild() {}

    /// Whether a pool has one: with a single pod it would only block node drains.
    public static boolean isWanted(DoormanPool pool) {
        return pool.getSpec().replicas() > 1;
    }

    /// The budget of a pool.
    public static PodDisruptionBudget of(DoormanPool pool) {
        return new PodDisruptionBudgetBuilder()
                .withMetadata(Names.meta(pool, Names.main(pool), Map.of()))
                .withNewSpec()
                .withNewMaxUnavailable(1)
                .withUnhealthyPodEvictionPolicy("AlwaysAllow")
                .withNewSelector()
                .withMatchLabels(Names.selector(pool))
                .endSelector()
                .endSpec()
                .build();
    }
}
