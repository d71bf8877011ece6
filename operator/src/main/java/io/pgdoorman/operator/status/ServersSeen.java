package io.pgdoorman.operator.status;

import io.pgdoorman.operator.plan.Standing;
import io.pgdoorman.operator.podlink.PodLink.State;
import io.pgdoorman.operator.podlink.PodLink.Trouble;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Whether pods get connections from the servers, by what the pods themselves say. Where all of them have the same
/// trouble one speaks for the others, so that nothing is written while it lasts.
final class ServersSeen {

    private static final int SHOWN = 3;

    private final Map<String, List<Trouble>> byPod = new TreeMap<>();

    ServersSeen(List<Standing> pods) {
        for (var pod : pods) {
            if (pod.counts() && pod.pod().answer() instanceof State state && state.troubles() != null) {
                byPod.put(pod.pod().name(), Objects.requireNonNull(state.troubles()));
            }
        }
    }

    /// Tells nothing while no pod says anything.
    void tell(Conditions conditions) {
        if (byPod.isEmpty()) {
            return;
        }
        var first = new TreeMap<String, Trouble>();
        var told = new TreeMap<String, String>();
        byPod.forEach((pod, troubles) -> troubles.forEach(trouble -> {
            first.putIfAbsent(trouble.database(), trouble);
            told.putIfAbsent(
                    trouble.database(), "pod " + pod + ", database " + trouble.database() + ": " + trouble.reason());
        }));
        if (first.isEmpty()) {
            conditions.add(
                    Reasons.SERVERS_REACHABLE, true, Reasons.REACHABLE, "no pod lacks connections to its servers");
            return;
        }
        conditions.add(
                Reasons.SERVERS_REACHABLE,
                false,
                reason(first.values().iterator().next()),
                told.values().stream().limit(SHOWN).collect(Collectors.joining("; "))
                        + (told.size() > SHOWN ? "; and " + (told.size() - SHOWN) + " more databases" : ""));
    }

    private static String reason(Trouble trouble) {
        return switch (trouble.kind()) {
            case "login" -> Reasons.AUTH_FAILED;
            case "tls" -> Reasons.TLS_FAILED;
            default -> Reasons.REFUSED;
        };
    }
}
