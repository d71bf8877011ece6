package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW STATS: totals since the start, and averages per second of the last 15 seconds; times in microseconds.
/// PgBouncer's columns that PgDoorman lacks stand at the end.
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
                        "avg_wait_time",
                        "total_server_assignment_count",
                        "total_client_parse_count",
                        "total_server_parse_count",
                        "total_bind_count",
                        "avg_server_assignment_count",
                        "avg_client_parse_count",
                        "avg_server_parse_count",
                        "avg_bind_count"));
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
                recently.durations().waits().meanMicros(),
                totals.leases(),
                totals.prepares().all(),
                totals.prepares().misses(),
                totals.prepares().binds(),
                recent.perSecond(recently.leases()),
                recent.perSecond(recently.prepares().all()),
                recent.perSecond(recently.prepares().misses()),
                recent.perSecond(recently.prepares().binds()));
    }
}
