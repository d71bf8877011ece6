package io.pgdoorman.pooler.stats;

/// Figures of one pool over some time: all of it, or the last seconds.
///
/// @param serverLoginFailures server connections that PostgreSQL, or the network, did not let in
/// @param leases how often a client got a server
public record PoolTotals(
        Traffic traffic,
        Prepares prepares,
        ErrorCounts errors,
        Durations durations,
        long serverLoginFailures,
        long leases) {

    /// Bytes from and to clients.
    public record Traffic(long received, long sent) {}

    /// Parse messages that were answered without PostgreSQL, and those that were sent to it; and Bind messages.
    public record Prepares(long hits, long misses, long binds) {
        /// Parse messages of clients.
        public long all() {
            return hits + misses;
        }
    }

    /// How long things took.
    public record Durations(Latencies transactions, Latencies queries, Latencies waits, Latencies connects) {}

    public long transactions() {
        return durations.transactions().count();
    }

    public long queries() {
        return durations.queries().count();
    }
}
