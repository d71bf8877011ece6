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
import org.jspecify.annotations.Nullable;

/// What of a spec is in force: all of it, or under `reload.policy: Manual` what was approved before.
///
/// @param pool with the spec that is in force
/// @param pending what waits, null if nothing does
public record Approval(DoormanPool pool, @Nullable Pending pending) {

    /// Decides.
    ///
    /// @param approved what reached pods last ([Gated#text]), null if nothing ever did
    public static Approval of(DoormanPool pool, @Nullable String approved) {
        var spec = pool.getSpec();
        if (spec.reload().policy() != Policy.Manual) {
            return new Approval(pool, null);
        }
        var hash = Gated.hash(spec);
        if (pool.annotation(DoormanPool.APPROVE_HASH).equals(hash)) {
            return new Approval(pool, null);
        }
        return Gated.with(spec, approved)
                .map(before -> waiting(pool, before, hash))
                .orElseGet(() -> new Approval(pool, null));
    }

    private static Approval waiting(DoormanPool pool, DoormanPoolSpec before, String hash) {
        var changes = SpecChange.between(before, pool.getSpec());
        if (changes.isEmpty()) {
            return new Approval(pool, null);
        }
        var inForce = new DoormanPool();
        inForce.setMetadata(pool.getMetadata());
        inForce.setStatus(pool.getStatus());
        inForce.setSpec(before);
        ChangeClass effect = SpecChange.effect(changes);
        return new Approval(
                inForce,
                new Pending(
                        hash,
                        effect.word(),
                        changes.stream()
                                .limit(Pending.CHANGES_SHOWN)
                                .map(SpecChange::toString)
                                .toList(),
                        SpecRules.check(pool.getSpec()).stream()
                                .map(Problem::toString)
                                .toList()));
    }
}
