package io.pgdoorman.operator.plan;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Who of a pool's pods should have more connections and who fewer, by what they need: a step at a time.
///
/// Who is to have more gets what is free; where nothing is, somebody is told to have less, and what he lets go is free
/// when he says so. So the sum is never above the limit, and whoever decides next, knowing nothing of this, goes on.
///
/// @param share of each where all have the same
/// @param floor least of each
/// @param limit most of all together
/// @param step most that changes hands at once
record Demand(int share, int floor, int limit, int step) {

    /// Who has just what it needs has nothing to give.
    private static final int HEADROOM = 1;

    /// A pod.
    ///
    /// @param most that it may have
    /// @param bound that it holds or may hold, at least `most`
    /// @param needed most that were not idle at once of late
    /// @param waits whether clients have waited for a while
    record Pod(String name, int most, int bound, int needed, boolean waits) {}

    /// What pods should have that should not have what they do: either less or more, never both at once.
    Map<String, Integer> decide(List<Pod> pods) {
        var promised = limit - pods.stream().mapToInt(Pod::most).sum();
        var free = limit - pods.stream().mapToInt(Pod::bound).sum();
        if (promised < 0) {
            return most(pods)
                    .map(pod -> lowered(pod, pod.most() - share, -promised))
                    .orElse(Map.of());
        }
        var receiver = receiver(pods);
        if (receiver != null) {
            return free > 0 ? raised(receiver, Math.min(free, step)) : forIt(pods, receiver, step - promised);
        }
        if (free > 0) {
            return least(pods)
                    .map(pod -> raised(pod, Math.min(free, share - pod.most())))
                    .orElse(Map.of());
        }
        return promised > 0 || least(pods).isEmpty() ? Map.of() : backToEven(pods);
    }

    /// Who waits with least.
    private static @Nullable Pod receiver(List<Pod> pods) {
        return pods.stream()
                .filter(Pod::waits)
                .min(Comparator.comparingInt(Pod::most).thenComparing(Pod::name))
                .orElse(null);
    }

    /// Somebody gives what he does not need; or, to one who has less than his share, what is beyond his own.
    private Map<String, Integer> forIt(List<Pod> pods, Pod receiver, int wanted) {
        if (wanted <= 0) {
            return Map.of();
        }
        var others = pods.stream().filter(pod -> !pod.equals(receiver)).toList();
        var giver = others.stream()
                .filter(pod -> spare(pod) > 0)
                .max(Comparator.comparingInt(this::spare).thenComparing(Pod::name));
        if (giver.isPresent()) {
            return lowered(giver.get(), spare(giver.get()), wanted);
        }
        var owed = share - receiver.most();
        return owed <= 0
                ? Map.of()
                : most(others)
                        .map(pod -> lowered(pod, pod.most() - share, Math.min(wanted, owed)))
                        .orElse(Map.of());
    }

    /// What a pod can give without missing it.
    int spare(Pod pod) {
        return pod.waits() ? 0 : pod.most() - Math.max(floor, pod.needed() + HEADROOM);
    }

    private Map<String, Integer> backToEven(List<Pod> pods) {
        return pods.stream()
                .filter(pod -> surplus(pod) > 0)
                .max(Comparator.comparingInt(this::surplus).thenComparing(Pod::name))
                .map(pod -> lowered(pod, surplus(pod), step))
                .orElse(Map.of());
    }

    private int surplus(Pod pod) {
        return Math.min(pod.most() - share, spare(pod));
    }

    /// Who has most beyond its share.
    private Optional<Pod> most(List<Pod> pods) {
        return pods.stream()
                .filter(pod -> pod.most() > share)
                .max(Comparator.comparingInt(Pod::most).thenComparing(Pod::name));
    }

    /// Who has least below its share.
    private Optional<Pod> least(List<Pod> pods) {
        return pods.stream()
                .filter(pod -> pod.most() < share)
                .min(Comparator.comparingInt(Pod::most).thenComparing(Pod::name));
    }

    private static Map<String, Integer> lowered(Pod pod, int spare, int wanted) {
        return Map.of(pod.name(), pod.most() - Math.min(spare, wanted));
    }

    private static Map<String, Integer> raised(Pod pod, int more) {
        return Map.of(pod.name(), pod.most() + more);
    }
}
