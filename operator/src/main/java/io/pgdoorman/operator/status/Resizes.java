package io.pgdoorman.operator.status;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.child.ResizeNote;
import io.pgdoorman.operator.child.Resizing;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.plan.Plan;
import io.pgdoorman.operator.plan.Step;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What ends with a plan of what was done to the size of pods that run.
public final class Resizes {

    private Resizes() {}

    /// That all pods have another size, or that they cannot have it in place.
    public static List<Happening> of(Plan plan, Observation seen) {
        var live = seen.children().deployment();
        return plan.steps().stream()
                .map(step -> step instanceof Step.Apply(Deployment next)
                        ? of(live, next, seen)
                        : Optional.<Happening>empty())
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<Happening> of(@Nullable Deployment live, Deployment next, Observation seen) {
        var why = Resizing.refusal(next);
        if (why != null && !Objects.equals(why, Resizing.refusal(live))) {
            return Optional.of(new Happening(
                    true,
                    "ResizeRefused",
                    "Resize",
                    "resources cannot be changed in place, pods are replaced: " + why));
        }
        var note = ResizeNote.on(live);
        if (note == null || note.stage() != ResizeNote.Stage.TEMPLATE || ResizeNote.on(next) != null || why != null) {
            return Optional.empty();
        }
        var pods = seen.pods().stream().filter(pod -> !pod.isTerminating()).count();
        return Optional.of(
                new Happening(false, "Resized", "Resize", pods + " pods have it without a restart: " + note.text()));
    }
}
