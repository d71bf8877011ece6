package io.pgdoorman.operator.observe;

import io.pgdoorman.operator.podlink.PodLink.Silent;
import io.pgdoorman.operator.podlink.PodLink.StateAnswer;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Pods that take their time to say nothing, as those of a dead node do: each pass over their pool would wait for them,
/// so that they are asked again after a while, and are what they were in between. Who refuses at once is asked each
/// time.
/// Thread-safe.
final class SlowSilence {

    private static final Duration LONG = Duration.ofSeconds(1);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final int MOST = 10_000;

    private final Map<String, Kept> byUid = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
            return size() > MOST;
        }
    };

    private record Kept(Silent answer, Duration pause, Instant until) {}

    /// What the pod said when it was asked last, if it is not to be asked now.
    synchronized @Nullable Silent of(String uid, Instant now) {
        var kept = byUid.get(uid);
        return kept == null || !now.isBefore(kept.until()) ? null : kept.answer();
    }

    /// A pod was asked.
    synchronized void asked(String uid, StateAnswer answer, Instant begun, Instant now) {
        if (!(answer instanceof Silent silent) || Duration.between(begun, now).compareTo(LONG) < 0) {
            byUid.remove(uid);
            return;
        }
        var kept = byUid.get(uid);
        var pause = kept == null ? FIRST_PAUSE : kept.pause().multipliedBy(2);
        var next = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
        byUid.put(uid, new Kept(silent, next, now.plus(next)));
    }
}
