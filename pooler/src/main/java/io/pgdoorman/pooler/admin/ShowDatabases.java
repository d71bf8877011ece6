package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW DATABASES: one row per pool, with where it leads.
final class ShowDatabases extends ShowCommand {

    private static final int NO_RESERVE = 0;

    private final Snapshots snapshots;

    ShowDatabases(Snapshots snapshots) {
        super(
                "databases",
                text("name", "host"),
                number("port"),
                text("database", "force_user"),
                number("pool_size", "min_pool_size", "reserve_pool"),
                text("pool_mode"),
                number("max_connections", "current_connections"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.pools().stream().map(ShowDatabases::rowOf).toList();
    }

    private static List<@Nullable String> rowOf(PoolSnapshot pool) {
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
                pool.svActive() + pool.svIdle() + pool.svUsed() + pool.svLogin());
    }
}
