package io.pgdoorman.e2e.scale;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// How long something took, again and again.
final class Latencies {

    private final List<Duration> all = Collections.synchronizedList(new ArrayList<>());

    void add(Duration one) {
        all.add(one);
    }

    Duration percentile(int percent) {
        var sorted = all.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
    }

    @Override
    public String toString() {
        return "p50 %d ms, p99 %d ms, longest %d ms of %d"
                .formatted(
                        percentile(50).toMillis(),
                        percentile(99).toMillis(),
                        percentile(100).toMillis(),
                        all.size());
    }
}
