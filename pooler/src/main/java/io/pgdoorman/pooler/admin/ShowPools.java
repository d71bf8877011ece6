package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.FallbackSnapshot;
import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// SHOW POOLS: clients and servers of each pool. `maxwait` is the age of the oldest client that waits now, as
/// PgBouncer has it, and not the longest wait that ever was. PgBouncer's columns that PgDoorman lacks stand at
/// the end; servers that are checked or reset are `sv_used` to the one and `sv_tested` to the other.
final class ShowPools extends ShowCommand {

    static final long MICROS_PER_SECOND = 1_000_000;

    private static final int NONE = 0;

    private final Snapshots snapshots;

    ShowPools(Snapshots snapshots) {
        super(
                "pools",
                text("database", "user", "pool_mode"),
                number(
                        "cl_idle",
                        "cl_active",
                        "cl_waiting",
                        "cl_cancel_req",
                        "sv_active",
                        "sv_idle",
                        "sv_used",
                        "sv_login",
                        "pool_size",
                        "maxwait",
                        "maxwait_us",
                        "avg_xact_time",
                        "paused",
                        "fallback_active",
                        "oldest_active_age_ms",
                        "cl_active_cancel_req",
                        "cl_waiting_cancel_req",
                        "sv_active_cancel",
                        "sv_being_canceled",
                        "sv_tested"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        var away = snapshots.fallbacks().stream()
                .filter(FallbackSnapshot::active)
                .map(FallbackSnapshot::database)
                .collect(Collectors.toUnmodifiableSet());
        return snapshots.pools().stream()
                .map(pool -> rowOf(pool, away.contains(pool.database())))
                .toList();
    }

    private static List<@Nullable String> rowOf(PoolSnapshot pool, boolean away) {
        var stats = pool.stats();
        var recent = stats.recent().totals();
        return row(
                pool.database(),
                pool.user(),
                pool.poolMode(),
                pool.clIdle(),
                pool.clActive(),
                pool.clWaiting(),
                stats.cancels(),
                pool.svActive(),
                pool.svIdle(),
                pool.svUsed(),
                pool.svLogin(),
                pool.poolSize(),
                pool.maxWaitMicros() / MICROS_PER_SECOND,
                pool.maxWaitMicros() % MICROS_PER_SECOND,
                recent.durations().transactions().meanMicros(),
                pool.paused() ? 1 : 0,
                away ? 1 : 0,
                pool.oldestActiveMillis(),
                stats.cancels(),
                NONE,
                stats.cancels(),
                NONE,
                pool.svUsed());
    }
}
