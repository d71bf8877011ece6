package io.pgdoorman.pooler.pool;

import java.time.Duration;

/// How one pool behaves; all of it may change while the pool is in use.
///
/// @param size most servers at once
/// @param minSize servers kept ready
/// @param maxParallelConnects connects under way at once, so that PostgreSQL is not stormed
/// @param waitTimeout longest wait of a client for a server
/// @param times when servers end
/// @param roundRobin lend the longest idle server instead of the last used one
public record PoolSettings(
        int size, int minSize, int maxParallelConnects, Duration waitTimeout, Times times, boolean roundRobin) {
    /// Zero switches a limit off.
    ///
    /// @param lifetime maximum age of a server
    /// @param idle an idle server that served a client is closed after this time
    /// @param check an idle server is asked for a sign of life after this time
    public record Times(Duration lifetime, Duration idle, Duration check) {}
}
