package io.pgdoorman.pooler.stats;

/// One event loop as it is now.
///
/// @param lags how late it came to tasks that were due
/// @param cpuNanos time on a processor since it began; -1 where the system does not tell
/// @param utilisation share of its time that it was on a processor lately, 0 to 1
public record LoopSnapshot(int index, Latencies lags, long cpuNanos, double utilisation) {}
