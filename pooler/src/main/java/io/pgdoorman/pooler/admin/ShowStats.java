package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW STATS: totals since the start, and averages per second of the last 15 seconds; times in microseconds.
final class ShowStats extends ShowCommand {

    private static final long NANOS_PER_MICRO = 1_000;

    private final Snapshots snapshots;

    ShowStats(Snapshots snapshots) {
        super(
                "stats",
                text("database", "user"),
                number(
                        "total_xact_count",
                        "total_query_count",
                        "total_received",
                        "total_sent",
                        "total_xact_time",
                        "total_query_time",
                        "total_wait_time",
                        "total_errors",
                        "avg_xact_count",
                        "avg_query_count",
                        "avg_recv",
                        "avg_sent",
                        "avg_errors",
                        "avg_xact_time",
                        "avg_query_time",
                        "avg_wait_time"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.pools().stream().map(ShowStats::rowOf).toList();
    }

    private static List<@Nullable String> rowOf(PoolSnapshot pool) {
        var totals = pool.stats().totals();
        var recent = pool.stats().recent();
        var recently = recent.totals();
        return row(
                pool.database(),
                pool.user(),
                totals.transactions(),
                totals.queries(),
                totals.traffic().received(),
                totals.traffic().sent(),
                totals.durations().transactions().sumNanos() / NANOS_PER_MICRO,
                totals.durations().queries().sumNanos() / NANOS_PER_MICRO,
                totals.durations().waits().sumNanos() / NANOS_PER_MICRO,
                totals.errors().all(),
                recent.perSecond(recently.transactions()),
                recent.perSecond(recently.queries()),
                recent.perSecond(recently.traffic().received()),
                recent.perSecond(recently.traffic().sent()),
                recent.perSecond(recently.errors().all()),
                recently.durations().transactions().meanMicros(),
                recently.durations().queries().meanMicros(),
                recently.durations().waits().meanMicros());
    }
}
