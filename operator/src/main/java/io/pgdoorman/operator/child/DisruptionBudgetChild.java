package io.pgdoorman.operator.child;

import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The PodDisruptionBudget: a node drain takes one pod at a time, and never waits for a broken one.
public final class DisruptionBudgetChild {

    private static final int MORE_THAN_THERE_ARE = 10_000;

    private DisruptionBudgetChild() {}

    /// Whether a pool has one: by default not with a single pod, which it would only keep from moving, unless
    /// another one drains for which there is no room.
    ///
    /// @param room pods that may be ended now without more connections to servers than all may have, null if that
    ///     does not matter
    public static boolean isWanted(DoormanPool pool, @Nullable Integer room) {
        var enabled = pool.getSpec().disruptionBudget().enabled();
        return enabled == null ? pool.getSpec().replicas() > 1 || (room != null && room == 0) : enabled;
    }

    /// Pods that may be missing by what is there.
    public static int most(@Nullable PodDisruptionBudget live) {
        if (live == null) {
            return Integer.MAX_VALUE;
        }
        var most = live.getSpec().getMaxUnavailable();
        return most == null ? 0 : most.getIntVal();
    }

    /// The budget of a pool. Where there is no room none may go: `maxUnavailable: 0` would let those go that are
    /// beyond `replicas`.
    public static PodDisruptionBudget of(DoormanPool pool, @Nullable Integer room) {
        var most = pool.getSpec().disruptionBudget().maxUnavailable();
        var budget = new PodDisruptionBudgetBuilder()
                .withMetadata(Names.meta(pool, Names.main(pool), Map.of()))
                .withNewSpec()
                .withUnhealthyPodEvictionPolicy("AlwaysAllow")
                .withNewSelector()
                .withMatchLabels(Names.selector(pool))
                .endSelector()
                .endSpec();
        return room != null && room == 0
                ? budget.editSpec()
                        .withNewMinAvailable(MORE_THAN_THERE_ARE)
                        .endSpec()
                        .build()
                : budget.editSpec()
                        .withNewMaxUnavailable(room == null ? most : Math.min(most, room))
                        .endSpec()
                        .build();
    }
}
