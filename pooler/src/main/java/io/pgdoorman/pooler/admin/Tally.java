package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.PoolTotals;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;

/// The figures of several pools together, in PgBouncer's order; times in microseconds.
final class Tally {

    /// As SHOW STATS_TOTALS and SHOW STATS_AVERAGES call them.
    static final String[] NAMES = {
        "server_assignment_count",
        "xact_count",
        "query_count",
        "bytes_received",
        "bytes_sent",
        "xact_time",
        "query_time",
        "wait_time",
        "client_parse_count",
        "server_parse_count",
        "bind_count"
    };

    private static final int FIRST_TIME = 5;
    private static final int TIMES = 3;
    private static final long NANOS_PER_MICRO = 1_000;

    private Tally() {}

    /// The pools of each database, in the order of the snapshots.
    static Map<String, List<PoolSnapshot>> byDatabase(List<PoolSnapshot> pools) {
        var databases = new LinkedHashMap<String, List<PoolSnapshot>>();
        pools.forEach(pool -> databases
                .computeIfAbsent(pool.database(), _ -> new ArrayList<>())
                .add(pool));
        return databases;
    }

    /// Since the start.
    static long[] totals(List<PoolSnapshot> pools) {
        var sums = new long[NAMES.length];
        for (var pool : pools) {
            add(sums, pool.stats().totals(), amount -> amount);
        }
        for (var time = FIRST_TIME; time < FIRST_TIME + TIMES; time++) {
            sums[time] /= NANOS_PER_MICRO;
        }
        return sums;
    }

    /// Of the last 15 seconds: counts per second, times per transaction, query and wait.
    static long[] averages(List<PoolSnapshot> pools) {
        var means = new long[NAMES.length];
        var counts = new long[TIMES];
        for (var pool : pools) {
            var recent = pool.stats().recent();
            var times = recent.totals().durations();
            add(means, recent.totals(), recent::perSecond);
            counts[0] += times.transactions().count();
            counts[1] += times.queries().count();
            counts[2] += times.waits().count();
        }
        for (var time = 0; time < TIMES; time++) {
            means[FIRST_TIME + time] /= Math.max(1, counts[time]) * NANOS_PER_MICRO;
        }
        return means;
    }

    private static void add(long[] sums, PoolTotals totals, LongUnaryOperator rate) {
        var prepares = totals.prepares();
        var times = totals.durations();
        long[] figures = {
            rate.applyAsLong(totals.leases()),
            rate.applyAsLong(totals.transactions()),
            rate.applyAsLong(totals.queries()),
            rate.applyAsLong(totals.traffic().received()),
            rate.applyAsLong(totals.traffic().sent()),
            times.transactions().sumNanos(),
            times.queries().sumNanos(),
            times.waits().sumNanos(),
            rate.applyAsLong(prepares.all()),
            rate.applyAsLong(prepares.misses()),
            rate.applyAsLong(prepares.binds())
        };
        for (var figure = 0; figure < figures.length; figure++) {
            sums[figure] += figures[figure];
        }
    }
}
