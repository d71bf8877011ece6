package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.api.v1alpha1.ChangeClass;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Pending;
import io.pgdoorman.operator.api.v1alpha1.Gated;
import io.pgdoorman.operator.api.v1alpha1.Problem;
import io.pgdoorman.operator.api.v1alpha1.ReloadSpec.Policy;
import io.pgdoorman.operator.api.v1alpha1.SpecChange;
import io.pgdoorman.operator.api.v1alpha1.SpecRules;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What of a spec is in force: all of it, under `reload.policy: Manual` what was approved before, and with
/// `rollout.paused` all but what needs new pods.
///
/// @param pool with the spec that is in force
/// @param pending what waits for approval, null if nothing does
/// @param held what waits for the end of the pause, as people read it
public record Approval(DoormanPool pool, @Nullable Pending pending, List<String> held) {

    public Approval {
        held = List.copyOf(held);
    }

    /// All of a spec is in force.
    public static Approval full(DoormanPool pool) {
        return new Approval(pool, null, List.of());
    }

    /// Whether [#of] has to know what reached pods before.
    public static boolean needsPast(DoormanPool pool) {
        var spec = pool.getSpec();
        return spec.reload().policy() == Policy.Manual || spec.rollout().paused();
    }

    /// Decides.
    ///
    /// @param approved what reached pods last ([Gated#text]), null if nothing ever did
    public static Approval of(DoormanPool pool, @Nullable String approved) {
        var byHand = byHand(pool, approved);
        return byHand.pending() == null && pool.getSpec().rollout().paused() ? held(pool, approved) : byHand;
    }

    private static Approval held(DoormanPool pool, @Nullable String approved) {
        return Gated.withPods(pool.getSpec(), approved)
                .map(kept -> new Approval(inForce(pool, kept), null, words(SpecChange.between(kept, pool.getSpec()))))
                .orElseGet(() -> full(pool));
    }

    private static Approval byHand(DoormanPool pool, @Nullable String approved) {
        var spec = pool.getSpec();
        if (spec.reload().policy() != Policy.Manual) {
            return full(pool);
        }
        var hash = Gated.hash(spec);
        if (pool.annotation(DoormanPool.APPROVE_HASH).equals(hash)) {
            return full(pool);
        }
        return Gated.with(spec, approved)
                .map(before -> waiting(pool, before, hash))
                .orElseGet(() -> full(pool));
    }

    private static Approval waiting(DoormanPool pool, DoormanPoolSpec before, String hash) {
        var changes = SpecChange.between(before, pool.getSpec());
        if (changes.isEmpty()) {
            return full(pool);
        }
        ChangeClass effect = SpecChange.effect(changes);
        return new Approval(
                inForce(pool, before),
                new Pending(
                        hash,
                        effect.word(),
                        words(changes),
                        SpecRules.check(pool.getSpec()).stream()
                                .map(Problem::toString)
                                .toList()),
                List.of());
    }

    private static List<String> words(List<SpecChange> changes) {
        return changes.stream()
                .limit(Pending.CHANGES_SHOWN)
                .map(SpecChange::toString)
                .toList();
    }

    private static DoormanPool inForce(DoormanPool pool, DoormanPoolSpec spec) {
        var inForce = new DoormanPool();
        inForce.setMetadata(pool.getMetadata());
        inForce.setStatus(pool.getStatus());
        inForce.setSpec(spec);
        return inForce;
    }
}
