package io.pgdoorman.operator.status;

import io.pgdoorman.operator.api.v1alpha1.DoormanPool;
import io.pgdoorman.operator.observe.Observation;
import io.pgdoorman.operator.podlink.PodLink.State;
import java.util.Comparator;
import java.util.Optional;

/// Why clients wait for a server for long, by what pods say, and what would help them. Who waits as long as a pause
/// lasts, or for a server that is away, is told of elsewhere.
final class WaitsSeen {

    private static final long LONG_MILLIS = 1_000;
    private static final double BUSY = 0.85;

    /// A reason of the condition and a sentence.
    record Cause(String reason, String message) {}

    private WaitsSeen() {}

    static Optional<Cause> cause(DoormanPool pool, Observation seen) {
        var spec = pool.getSpec();
        if (spec.databases().stream().anyMatch(database -> spec.pause().has(database.name()))) {
            return Optional.empty();
        }
        return seen.pods().stream()
                .filter(pod -> !pod.isTerminating())
                .sorted(Comparator.comparing(pod -> pod.name()))
                .flatMap(pod -> pod.answer() instanceof State state && waits(state)
                        ? Optional.of(cause(pod.name(), state)).stream()
                        : Optional.<Cause>empty().stream())
                .findFirst();
    }

    private static boolean waits(State state) {
        return state.waiting() > 0
                && state.load().oldestWaitMillis() >= LONG_MILLIS
                && (state.troubles() == null || state.troubles().isEmpty());
    }

    private static Cause cause(String pod, State state) {
        var where = "clients wait for long at pod " + pod;
        if (state.utilisation() >= BUSY) {
            return new Cause(
                    Reasons.POOLER_BUSY,
                    where + ", whose event loops are busy nearly all the time: more pods would help, or more CPU");
        }
        if (state.load().pinned() * 2 > state.serverConnections()) {
            return new Cause(
                    Reasons.PINNED_SESSIONS,
                    where + ", where sessions keep most servers from one transaction to the next (poolMode Session,"
                            + " pin_on): poolMode Transaction would help, or sessions that end sooner");
        }
        return new Cause(
                Reasons.SERVER_SLOW,
                where + " while its servers work: faster or shorter transactions would help, or a larger poolSize if"
                        + " PostgreSQL has room");
    }
}
