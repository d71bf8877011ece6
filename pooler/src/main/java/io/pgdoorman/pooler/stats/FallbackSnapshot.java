package io.pgdoorman.pooler.stats;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The fallback of one database as it is now; counts since the start.
///
/// @param active whether its own server is away
/// @param place the member in use, null for none
/// @param hits connects to the member of before, without asking
public record FallbackSnapshot(
        String database,
        Requests requests,
        boolean active,
        FallbackStats.@Nullable Place place,
        long connections,
        long hits,
        Map<FallbackStats.Reason, Long> failures) {
    public FallbackSnapshot {
        failures = Map.copyOf(failures);
    }

    /// To Patroni.
    public record Requests(long made, long failed, Latencies durations) {}
}
