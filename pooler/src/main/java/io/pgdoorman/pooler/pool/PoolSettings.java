package io.pgdoorman.pooler.pool;

import java.time.Duration;

/// How one pool behaves; all of it may change while the pool is in use.
///
/// @param size most servers at once
/// @param minSize servers kept ready
/// @param waitTimeout longest wait of a client for a server
/// @param times when servers end
/// @param growth when servers are connected
/// @param roundRobin lend the longest idle server instead of the last used one
public record PoolSettings(
        int size, int minSize, Duration waitTimeout, Times times, Growth growth, boolean roundRobin) {
    /// Zero switches a limit off.
    ///
    /// @param lifetime maximum age of a server
    /// @param idle an idle server that served a client is closed after this time
    /// @param check an idle server is asked for a sign of life after this time
    public record Times(Duration lifetime, Duration idle, Duration check) {}

    /// How eagerly clients that wait get new servers.
    ///
    /// @param maxParallelConnects connects under way at once, so that PostgreSQL is not stormed
    /// @param warmPercent below this fill a client that finds no server gets a new one at once
    /// @param patience above it, how long one waits for a server to come back first, in fifths of the time that
    ///     most leases or a connect take; 0 connects at once
    public record Growth(int maxParallelConnects, int warmPercent, int patience) {}

    /// The same with another size.
    PoolSettings sized(int other) {
        return new PoolSettings(other, Math.min(minSize, other), waitTimeout, times, growth, roundRobin);
    }

    /// The fill from which on a client waits for a server to come back before one is connected for it.
    int warmSize() {
        return Math.max(1, (int) ((long) size * growth.warmPercent() / 100));
    }
}
