package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.LimitSnapshot;
import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW STATE: PgBouncer's three rows, what the process is doing, and what it may have of servers. Paused is yes
/// when all pools are.
final class ShowState extends ShowCommand {

    private final Snapshots snapshots;
    private final AdminActions actions;

    ShowState(Snapshots snapshots, AdminActions actions) {
        super("state", text("key", "value"));
        this.snapshots = snapshots;
        this.actions = actions;
    }

    @Override
    List<List<@Nullable String>> rows() {
        var pools = snapshots.pools();
        var isPaused = !pools.isEmpty() && pools.stream().allMatch(PoolSnapshot::paused);
        var rows = new ArrayList<>(List.of(
                row("active", isPaused ? "no" : "yes"),
                row("paused", isPaused ? "yes" : "no"),
                row("suspended", actions.isSuspended() ? "yes" : "no"),
                row("process", actions.process().state())));
        for (var limit : snapshots.limits()) {
            if (limit.name().equals(LimitSnapshot.SERVERS) || limit.name().equals(LimitSnapshot.SHARE)) {
                rows.add(row(limit.name(), limit.limit()));
            }
        }
        return rows;
    }
}
