package io.pgdoorman.operator.plan;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.pgdoorman.operator.api.v1alpha1.GoDuration;
import io.pgdoorman.operator.api.v1alpha1.RolloutSpec;
import io.pgdoorman.operator.child.Canary;
import io.pgdoorman.operator.plan.Standing.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How a changed template may go on: held by `rollout.paused`, tried by `rollout.canaryPods`, or as the strategy says.
final class Trials {

    private Trials() {}

    /// What a decision is about.
    record Scope(RolloutSpec rollout, List<Standing> pods, Instant now) {}

    /// The Deployment that should be there, from the one with the wanted template.
    static Deployment on(@Nullable Deployment live, Deployment wanted, Scope scope) {
        var chosen = Canary.choose(
                live,
                wanted,
                new Canary.Trial(scope.rollout().canaryPods(), templates(scope), isGood(live, wanted, scope)));
        // A Deployment that is paused before its controller saw it never gets a pod.
        if (scope.rollout().paused()
                && live != null
                && live.getStatus() != null
                && live.getStatus().getObservedGeneration() != null) {
            chosen.getSpec().setPaused(true);
        }
        return chosen;
    }

    /// Whether applying would stop a replacement of pods; that never waits.
    static boolean pauses(@Nullable Deployment live, Deployment wanted) {
        return live != null
                && Boolean.TRUE.equals(wanted.getSpec().getPaused())
                && !Boolean.TRUE.equals(live.getSpec().getPaused());
    }

    private static Set<String> templates(Scope scope) {
        return scope.pods().stream()
                .map(standing -> standing.pod().template())
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .collect(Collectors.toSet());
    }

    /// Enough pods of the new template, each ready for long enough and with the wanted configuration acknowledged.
    private static boolean isGood(@Nullable Deployment live, Deployment wanted, Scope scope) {
        var older = Canary.older(live);
        if (older == null) {
            return false;
        }
        var young = scope.pods().stream()
                .filter(Standing::counts)
                .filter(standing -> standing.pod().template() != null
                        && !older.contains(standing.pod().template()))
                .toList();
        var least = Math.min(scope.rollout().canaryPods(), wanted.getSpec().getReplicas());
        var soak = GoDuration.parse(scope.rollout().canarySoak());
        return young.size() >= least && young.stream().allMatch(standing -> hasSoaked(standing, scope.now(), soak));
    }

    private static boolean hasSoaked(Standing standing, Instant now, Duration soak) {
        var since = standing.pod().readySince();
        return standing.kind() == Kind.IN_STEP && since != null && !now.isBefore(since.plus(soak));
    }
}
