package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import java.util.Map;

/// The PodDisruptionBudget: a node drain takes one pod at a time, and never waits for a broken one.
public final class DisruptionBudgetChild {

    private DisruptionBudgetChild() {}

    /// Whether a pool has one: by default not with a single pod, which it would only keep from moving.
    public static boolean isWanted(DoormanPool pool) {
        var enabled = pool.getSpec().disruptionBudget().enabled();
        return enabled == null ? pool.getSpec().replicas() > 1 : enabled;
    }

    /// The budget of a pool.
    public static PodDisruptionBudget of(DoormanPool pool) {
        return new PodDisruptionBudgetBuilder()
                .withMetadata(Names.meta(pool, Names.main(pool), Map.of()))
                .withNewSpec()
                .withNewMaxUnavailable(pool.getSpec().disruptionBudget().maxUnavailable())
                .withUnhealthyPodEvictionPolicy("AlwaysAllow")
                .withNewSelector()
                .withMatchLabels(Names.selector(pool))
                .endSelector()
                .endSpec()
                .build();
    }
}
