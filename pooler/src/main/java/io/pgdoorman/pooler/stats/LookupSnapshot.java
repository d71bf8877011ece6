package io.pgdoorman.pooler.stats;

/// The look-up of users of one database as it is now.
public record LookupSnapshot(String database, Cache cache, Logins logins, Questions questions, Pools pools) {
    /// @param rateLimited refetches that did not happen, as they would have been too soon
    public record Cache(int entries, long hits, long misses, long refetches, long rateLimited) {}

    public record Logins(long succeeded, long failed) {}

    /// Those that went to PostgreSQL.
    public record Questions(long asked, long failed) {}

    /// Of users who were looked up.
    public record Pools(int now, long made, long ended) {}
}
