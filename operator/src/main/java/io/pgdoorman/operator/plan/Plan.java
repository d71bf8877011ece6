package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus;
import io.pgdoorman.operator.child.StoredConfig;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What to do now, when to look again, and what was found.
public record Plan(List<Step> steps, Duration again, Situation situation) {

    public Plan {
        steps = List.copyOf(steps);
    }

    /// What was found, for the status.
    ///
    /// @param stored what pods should run once the steps are done, null before the first configuration
    /// @param foreign objects in the way that are not ours
    /// @param autoscaling what the autoscaler has to remember, null without one
    /// @param isLate whether pods have had the time that `reload.timeout` gives them
    /// @param waitsFor pods whose server connections keep others from being added
    public record Situation(
            Want want,
            @Nullable StoredConfig stored,
            List<HasMetadata> foreign,
            List<Standing> pods,
            DoormanPoolStatus.@Nullable Autoscaling autoscaling,
            boolean isLate,
            List<Standing> waitsFor) {
        public Situation {
            foreign = List.copyOf(foreign);
            pods = List.copyOf(pods);
            waitsFor = List.copyOf(waitsFor);
        }

        /// Pods of one kind.
        public List<Standing> pods(Standing.Kind kind) {
            return pods.stream().filter(pod -> pod.kind() == kind).toList();
        }
    }
}
