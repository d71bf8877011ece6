package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW DATABASES: one row per pool, with where it leads.
final class ShowDatabases extends ShowCommand {

    private static final int NO_RESERVE = 0;

    private final Snapshots snapshots;
    private final AdminActions actions;

    ShowDatabases(Snapshots snapshots, AdminActions actions) {
        super(
                "databases",
                text("name", "host"),
                number("port"),
                text("database", "force_user"),
                number("pool_size", "min_pool_size", "reserve_pool"),
                text("pool_mode"),
                number("max_connections", "current_connections", "paused", "disabled"));
        this.snapshots = snapshots;
        this.actions = actions;
    }

    @Override
    List<List<@Nullable String>> rows() {
        var disabled = actions.disabled();
        return snapshots.pools().stream()
                .map(pool -> rowOf(pool, disabled.contains(pool.database())))
                .toList();
    }

    private static List<@Nullable String> rowOf(PoolSnapshot pool, boolean isDisabled) {
        return row(
                pool.database(),
                pool.host(),
                pool.port(),
                pool.serverDatabase(),
                pool.user(),
                pool.poolSize(),
                pool.minPoolSize(),
                NO_RESERVE,
                pool.poolMode(),
                pool.poolSize(),
                pool.svActive() + pool.svIdle() + pool.svUsed() + pool.svLogin(),
                pool.paused() ? 1 : 0,
                isDisabled ? 1 : 0);
    }
}
