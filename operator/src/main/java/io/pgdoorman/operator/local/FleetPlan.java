package io.pgdoorman.operator.local;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a Deployment's controller and the kubelet decide in a cluster: which pooler processes to start, drain, end.
///
/// Pure: the same fleet gives the same steps. Rules: one process more than wanted at most; nothing leaves while a new
/// one is not ready; one old process drains at a time, the one with the fewest clients in a transaction first.
final class FleetPlan {

    private FleetPlan() {}

    /// What is wanted: `revision` changes when a value changed that only a new process can take.
    record Goal(int replicas, String revision, Duration drainTimeout, Duration killAfter) {}

    enum Phase {
        /// Runs, but was never ready or is not now.
        STARTING,
        /// Accepts clients.
        READY,
        /// Ended by itself and waits to be started again.
        BACK_OFF,
        /// Told to drain; it leaves when its clients have left.
        DRAINING,
        /// Told to end.
        ENDING,
        /// Ended as told.
        GONE
    }

    /// One process as seen now.
    ///
    /// @param inPhase time since the phase began
    /// @param clients connected clients, null when the process does not answer
    record Member(
            String name,
            String revision,
            Phase phase,
            Duration inPhase,
            @Nullable Integer clients,
            int inTransaction) {

        boolean isLeaving() {
            return phase == Phase.DRAINING || phase == Phase.ENDING || phase == Phase.GONE;
        }

        boolean isReady() {
            return phase == Phase.READY;
        }
    }

    sealed interface Step {
        /// Start a process of the goal's revision.
        record Start() implements Step {}

        /// Refuse new clients, let each go at its transaction boundary.
        record Drain(String name, String why) implements Step {}

        /// SIGTERM, and SIGTERM again when the time to drain is over.
        record End(String name, boolean atOnce) implements Step {}

        /// SIGKILL.
        record Kill(String name) implements Step {}

        /// Forget it: files and address are free.
        record Forget(String name) implements Step {}
    }

    static List<Step> steps(Goal goal, List<Member> members) {
        var steps = new ArrayList<Step>();
        for (var member : members) {
            leaving(goal, member, steps);
        }
        var staying = members.stream().filter(m -> !m.isLeaving()).toList();
        var current = staying.stream()
                .filter(m -> m.revision().equals(goal.revision()))
                .toList();
        var old = staying.stream()
                .filter(m -> !m.revision().equals(goal.revision()))
                .toList();
        if (staying.size() < goal.replicas()) {
            for (var i = staying.size(); i < goal.replicas(); i++) {
                steps.add(new Step.Start());
            }
            return steps;
        }
        if (goal.replicas() == 0) {
            // Nothing is to take over: a new process that does not become ready must not hold up the end.
            shrink(staying, staying.size(), "no longer wanted", steps);
        } else if (old.isEmpty()) {
            shrink(current, current.size() - goal.replicas(), "no longer wanted", steps);
        } else {
            roll(goal, members, current, old).ifPresent(steps::add);
        }
        return steps;
    }

    private static void leaving(Goal goal, Member member, List<Step> steps) {
        switch (member.phase()) {
            case DRAINING -> {
                var left = member.clients() == null || member.clients() == 0;
                var late = member.inPhase().compareTo(goal.drainTimeout()) >= 0;
                if (left || late) {
                    steps.add(new Step.End(member.name(), !left));
                }
            }
            case ENDING -> {
                if (member.inPhase().compareTo(goal.killAfter()) >= 0) {
                    steps.add(new Step.Kill(member.name()));
                }
            }
            case GONE -> steps.add(new Step.Forget(member.name()));
            case STARTING, READY, BACK_OFF -> {}
        }
    }

    private static void shrink(List<Member> members, int by, String why, List<Step> steps) {
        members.stream()
                .sorted(leastMissed())
                .limit(Math.max(0, by))
                .forEach(m -> steps.add(new Step.Drain(m.name(), why)));
    }

    /// One step of a roll: broken old ones first, then one new, then one old, each after the other.
    private static Optional<Step> roll(Goal goal, List<Member> members, List<Member> current, List<Member> old) {
        var leaving = members.stream().anyMatch(m -> m.phase() == Phase.DRAINING || m.phase() == Phase.ENDING);
        var newAreReady = current.stream().allMatch(Member::isReady);
        var surplus = current.size() + old.size() - goal.replicas();
        var broken = old.stream().filter(m -> !m.isReady()).min(leastMissed());
        if (broken.isPresent() && surplus > 0) {
            return broken.map(m -> new Step.Drain(m.name(), "replaced"));
        }
        if (surplus > 0) {
            return newAreReady && !leaving
                    ? old.stream().min(leastMissed()).map(m -> new Step.Drain(m.name(), "replaced"))
                    : Optional.empty();
        }
        return newAreReady && !leaving ? Optional.of(new Step.Start()) : Optional.empty();
    }

    private static Comparator<Member> leastMissed() {
        return Comparator.comparing(Member::isReady)
                .thenComparingInt(Member::inTransaction)
                .thenComparing(Comparator.comparing(Member::name).reversed());
    }
}
