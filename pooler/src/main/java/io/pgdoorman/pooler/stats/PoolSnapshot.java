package io.pgdoorman.pooler.stats;

/// One pool as it is now; names of the counts as the admin console has them (`cl` clients, `sv` servers).
///
/// @param clAsync clients that have sent a Flush: they read answers before their Sync
/// @param svUsed servers that were given back and are being checked or reset
/// @param maxWaitMicros age of the oldest client that waits now
/// @param oldestActiveMillis age of the oldest lease
/// @param host where the pool's PostgreSQL is
/// @param serverDatabase the database's name there
public record PoolSnapshot(
        String database,
        String user,
        String poolMode,
        int clIdle,
        int clActive,
        int clWaiting,
        int clAsync,
        int svActive,
        int svIdle,
        int svUsed,
        int svLogin,
        int poolSize,
        int minPoolSize,
        long maxWaitMicros,
        boolean paused,
        long oldestActiveMillis,
        String host,
        int port,
        String serverDatabase,
        GrowthSnapshot growth,
        PreparedSnapshot prepared,
        PoolStats stats) {}
