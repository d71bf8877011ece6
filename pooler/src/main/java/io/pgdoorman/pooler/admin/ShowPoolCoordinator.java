package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW POOL_COORDINATOR: the caps on servers of a database, for databases that have one.
final class ShowPoolCoordinator extends ShowCommand {

    private final Snapshots snapshots;

    ShowPoolCoordinator(Snapshots snapshots) {
        super(
                "pool_coordinator",
                text("database"),
                number(
                        "max_db_conn",
                        "current",
                        "reserve_size",
                        "reserve_used",
                        "evictions",
                        "reserve_acq",
                        "exhaustions"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.caps().stream()
                .map(cap -> row(
                        cap.database(),
                        cap.max(),
                        cap.servers(),
                        cap.reserve(),
                        cap.reserveUsed(),
                        cap.evictions(),
                        cap.reserveGrants(),
                        cap.denials()))
                .toList();
    }
}
