package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.Latencies;
import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW POOLS_EXTENDED: pools with traffic, and percentiles of the last 15 seconds in microseconds. `bytes_recieved` is
/// PgDoorman's spelling.
final class ShowPoolsExtended extends ShowCommand {

    private static final long NANOS_PER_MICRO = 1_000;

    private final Snapshots snapshots;

    ShowPoolsExtended(Snapshots snapshots) {
        super(
                "pools_extended",
                text("database", "user"),
                number(
                        "cl_active",
                        "cl_waiting",
                        "sv_active",
                        "sv_idle",
                        "sv_used",
                        "sv_login",
                        "pool_size",
                        "maxwait",
                        "maxwait_us"),
                text("pool_mode"),
                number(
                        "bytes_recieved",
                        "bytes_sent",
                        "query_0.99",
                        "transaction_0.99",
                        "query_0.95",
                        "transaction_0.95",
                        "query_0.5",
                        "transaction_0.5"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.pools().stream().map(ShowPoolsExtended::rowOf).toList();
    }

    private static List<@Nullable String> rowOf(PoolSnapshot pool) {
        var traffic = pool.stats().totals().traffic();
        var recent = pool.stats().recent().totals().durations();
        return row(
                pool.database(),
                pool.user(),
                pool.clActive(),
                pool.clWaiting(),
                pool.svActive(),
                pool.svIdle(),
                pool.svUsed(),
                pool.svLogin(),
                pool.poolSize(),
                pool.maxWaitMicros() / ShowPools.MICROS_PER_SECOND,
                pool.maxWaitMicros() % ShowPools.MICROS_PER_SECOND,
                pool.poolMode(),
                traffic.received(),
                traffic.sent(),
                micros(recent.queries(), 0.99),
                micros(recent.transactions(), 0.99),
                micros(recent.queries(), 0.95),
                micros(recent.transactions(), 0.95),
                micros(recent.queries(), 0.5),
                micros(recent.transactions(), 0.5));
    }

    private static long micros(Latencies latencies, double part) {
        return latencies.percentileNanos(part) / NANOS_PER_MICRO;
    }
}
