package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW USERS: each user once per pool mode.
final class ShowUsers extends ShowCommand {

    private final Snapshots snapshots;

    ShowUsers(Snapshots snapshots) {
        super("users", text("name", "pool_mode"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.pools().stream()
                .map(pool -> row(pool.user(), pool.poolMode()))
                .distinct()
                .toList();
    }
}
