package io.pgdoorman.pooler.stats;

import java.util.concurrent.atomic.LongAdder;

/// What came of looking users of one database up. Safe for all threads.
public final class LookupStats {
    private final String database;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder refetches = new LongAdder();
    private final LongAdder rateLimited = new LongAdder();
    private final LongAdder successes = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder queries = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final LongAdder poolsMade = new LongAdder();
    private final LongAdder poolsEnded = new LongAdder();

    public LookupStats(String database) {
        this.database = database;
    }

    public String database() {
        return database;
    }

    /// The memory had it.
    public void hit() {
        hits.increment();
    }

    public void missed() {
        misses.increment();
    }

    /// What the memory had did not fit, so it was asked for again.
    public void refetched() {
        refetches.increment();
    }

    /// It would have been, but had been just before.
    public void rateLimited() {
        rateLimited.increment();
    }

    /// Somebody who was looked up is in.
    public void letIn() {
        successes.increment();
    }

    /// Somebody could not prove who it is.
    public void turnedAway() {
        failures.increment();
    }

    /// A question went to PostgreSQL.
    public void asked() {
        queries.increment();
    }

    /// It was not answered.
    public void failed() {
        errors.increment();
    }

    public void poolMade() {
        poolsMade.increment();
    }

    public void poolEnded() {
        poolsEnded.increment();
    }

    /// @param remembered users now
    /// @param pools of such users now
    public LookupSnapshot snapshot(int remembered, int pools) {
        return new LookupSnapshot(
                database,
                new LookupSnapshot.Cache(remembered, hits.sum(), misses.sum(), refetches.sum(), rateLimited.sum()),
                new LookupSnapshot.Logins(successes.sum(), failures.sum()),
                new LookupSnapshot.Questions(queries.sum(), errors.sum()),
                new LookupSnapshot.Pools(pools, poolsMade.sum(), poolsEnded.sum()));
    }
}
