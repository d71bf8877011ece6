package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.child.ConfigVersion;
import io.pgdoorman.operator.observe.PodView;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.podlink.PodLink.Silent;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.util.List;

/// Sorts pods by what they have to do with a configuration.
final class Standings {

    private Standings() {}

    static List<Standing> of(List<PodView> pods, ConfigVersion target) {
        return pods.stream().map(pod -> of(pod, target)).toList();
    }

    private static Standing of(PodView pod, ConfigVersion target) {
        if (pod.isTerminating()) {
            return new Standing(pod, Kind.TERMINATING, "leaves");
        }
        return switch (pod.answer()) {
            case null -> starting(pod);
            case Silent(var reason) -> pod.isReady() ? new Standing(pod, Kind.SILENT, reason) : starting(pod);
            case State state -> answering(pod, state, target);
        };
    }

    private static Standing answering(PodView pod, State state, ConfigVersion target) {
        if (!target.bootHash().equals(pod.bootHash())) {
            return new Standing(pod, Kind.TO_BE_REPLACED, "runs an older template");
        }
        if (!target.hash().equals(state.loadedHash())) {
            return new Standing(pod, Kind.BEHIND, "runs another configuration");
        }
        return pod.isReady() ? new Standing(pod, Kind.IN_STEP, "") : starting(pod);
    }

    private static Standing starting(PodView pod) {
        var trouble = pod.trouble();
        var isWaiting = pod.answer() instanceof State state && state.isWaiting();
        var reason = isWaiting ? "waits for its share of the budget" : "is not ready";
        return new Standing(pod, Kind.STARTING, trouble == null ? reason : trouble);
    }
}
