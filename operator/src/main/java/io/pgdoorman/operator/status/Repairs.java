package io.pgdoorman.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.pgdoorman.operator.child.Names;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.plan.Plan;
import io.pgdoorman.operator.plan.Step;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// Events for objects of a pool that somebody else changed: a plan applies again what was applied already.
public final class Repairs {

    private Repairs() {}

    /// What a plan repairs of what was seen.
    public static List<Happening> of(Plan plan, Observation seen) {
        return plan.steps().stream()
                .map(step -> step instanceof Step.Apply(var child) && isRepair(child, seen)
                        ? Optional.of(child)
                        : Optional.<HasMetadata>empty())
                .flatMap(Optional::stream)
                .map(child -> new Happening(
                        true,
                        "DriftRepaired",
                        "Apply",
                        child.getKind() + " " + child.getMetadata().getName()
                                + " was changed by somebody else and is as it was again: change the"
                                + " DoormanPool instead"))
                .toList();
    }

    private static boolean isRepair(HasMetadata child, Observation seen) {
        var applied = Names.annotation(child, Names.APPLIED_HASH);
        return applied != null
                && seen.children()
                        .all()
                        .filter(live -> live.getKind().equals(child.getKind())
                                && live.getMetadata()
                                        .getName()
                                        .equals(child.getMetadata().getName()))
                        .anyMatch(live -> Objects.equals(applied, Names.annotation(live, Names.APPLIED_HASH)));
    }
}
