package io.pgdoorman.pooler.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW POOL_COORDINATOR: the caps on servers of a database, for databases that have one.
final class ShowPoolCoordinator extends ShowCommand {

    private final Inspection inspection;

    ShowPoolCoordinator(Inspection inspection) {
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
        this.inspection = inspection;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return inspection.caps().stream()
                .map(cap -> row(
                        cap.database(),
                        cap.max(),
                        cap.used(),
                        cap.reserve(),
                        Math.max(0, cap.used() - cap.max()),
                        cap.evictions(),
                        cap.reserveGrants(),
                        cap.denials()))
                .toList();
    }
}
