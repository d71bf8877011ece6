package io.pgdoorman.operator.plan;

import io.pgdoorman.operator.api.v1alpha1.AutoscalingSpec;
import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.api.v1alpha1.DoormanPoolStatus.Autoscaling;
import io.pgdoorman.operator.api.v1alpha1.GoDuration;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.plan.Standing.Kind;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How many pods a pool needs, by what its pods say: how busy their event loops are, and how many clients they have.
///
/// Clients that wait are no reason for more pods: they wait for servers. When the budget of these is spent, more pods
/// would get smaller shares of the same. Clients stay where they are when pods are added, so each step is given time to
/// show, and fewer pods have to be enough for a whole window.
public final class Autoscaler {

    static final Duration BETWEEN_STEPS = Duration.ofMinutes(3);

    /// Below this much beyond the target nothing is done.
    private static final double TOLERANCE = 0.1;

    private Autoscaler() {}

    /// A decision.
    ///
    /// @param replicas what they should become, null if they stay
    /// @param memory what the next decision has to know; null without autoscaling
    public record Decision(
            @Nullable Integer replicas, @Nullable Autoscaling memory) {

        static final Decision NONE = new Decision(null, null);

        private static Decision stay(Autoscaling memory) {
            return new Decision(null, memory);
        }
    }

    private record Need(int pods, String reason) {}

    /// Decides for a pool whose status has the memory.
    static Decision decide(DoormanPool pool, Want want, Observation seen, List<Standing> pods, Instant now) {
        var spec = pool.getSpec().autoscaling();
        var replicas = pool.getSpec().replicas();
        if (!spec.enabled()) {
            return Decision.NONE;
        }
        var status = pool.getStatus();
        var memory =
                status == null ? Autoscaling.IDLE : Objects.requireNonNullElse(status.autoscaling(), Autoscaling.IDLE);
        if (replicas == 0 || !isSettled(pods, replicas)) {
            return Decision.stay(memory);
        }
        var bounded = Math.clamp(replicas, spec.min(), spec.max());
        if (bounded != replicas) {
            return step(
                    replicas, new Need(bounded, "spec.autoscaling allows " + spec.min() + " to " + spec.max()), now);
        }
        var need = need(spec, pods);
        if (need == null) {
            return Decision.stay(memory);
        }
        return need.pods() > replicas
                ? more(need, replicas, memory, Budget.isExhausted(pool, seen, want) || isEarly(memory, now), now)
                : fewer(need, replicas, memory, spec, now);
    }

    /// Whether what pods say is about the number of pods that there should be.
    private static boolean isSettled(List<Standing> pods, int replicas) {
        return pods.size() == replicas && pods.stream().allMatch(pod -> pod.kind() == Kind.IN_STEP);
    }

    private static @Nullable Need need(AutoscalingSpec spec, List<Standing> pods) {
        var states = pods.stream().map(pod -> pod.pod().answer()).toList();
        double busy = 0;
        long clients = 0;
        for (var answer : states) {
            if (!(answer instanceof State state) || state.utilisation() < 0) {
                return null;
            }
            busy += state.utilisation();
            clients += state.clients();
        }
        var byWork = pods(busy * 100, spec.targetUtilisation(), pods.size());
        var perPod = spec.targetClientsPerPod();
        var byClients = perPod == null ? 0 : pods((double) clients, perPod, pods.size());
        var most = Math.clamp(Math.max(byWork, byClients), spec.min(), spec.max());
        var reason = byWork >= byClients
                ? "event loops are busy for " + Math.round(busy * 100 / pods.size()) + " % of their time"
                : "a pod has " + clients / pods.size() + " clients";
        return new Need(Math.min(most, 2 * pods.size()), reason);
    }

    private static int pods(double sum, double target, int pods) {
        return Math.abs(sum / pods / target - 1) <= TOLERANCE ? pods : (int) Math.ceil(sum / target);
    }

    private static boolean isEarly(Autoscaling memory, Instant now) {
        var last = memory.lastScaleTime();
        return last != null && now.isBefore(Instant.parse(last).plus(BETWEEN_STEPS));
    }

    private static Decision more(Need need, int replicas, Autoscaling memory, boolean isHindered, Instant now) {
        return isHindered
                ? Decision.stay(new Autoscaling(memory.lastScaleTime(), memory.lastScale(), null, null))
                : step(replicas, need, now);
    }

    private static Decision fewer(Need need, int replicas, Autoscaling memory, AutoscalingSpec spec, Instant now) {
        if (need.pods() == replicas) {
            return Decision.stay(new Autoscaling(memory.lastScaleTime(), memory.lastScale(), null, null));
        }
        var since = memory.enoughSince();
        if (since == null) {
            return Decision.stay(new Autoscaling(memory.lastScaleTime(), memory.lastScale(), time(now), need.pods()));
        }
        var most = Math.max(need.pods(), Objects.requireNonNullElse(memory.needed(), need.pods()));
        var isOver = !now.isBefore(Instant.parse(since).plus(GoDuration.parse(spec.scaleDownWindow())));
        return isOver
                ? step(replicas, new Need(most, need.reason()), now)
                : Decision.stay(new Autoscaling(memory.lastScaleTime(), memory.lastScale(), since, most));
    }

    private static Decision step(int replicas, Need need, Instant now) {
        return new Decision(
                need.pods(),
                new Autoscaling(
                        time(now), "from " + replicas + " to " + need.pods() + ": " + need.reason(), null, null));
    }

    private static String time(Instant now) {
        return now.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
