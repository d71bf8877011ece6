package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW POOL_SCALING: how the servers of each pool came to be, in PgDoorman's columns.
final class ShowPoolScaling extends ShowCommand {

    private final Snapshots snapshots;

    ShowPoolScaling(Snapshots snapshots) {
        super(
                "pool_scaling",
                text("user", "database"),
                number(
                        "inflight",
                        "creates",
                        "gate_waits",
                        "gate_budget_ex",
                        "antic_notify",
                        "antic_timeout",
                        "create_fallback",
                        "replenish_def"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return snapshots.pools().stream().map(ShowPoolScaling::rowOf).toList();
    }

    private static List<@Nullable String> rowOf(PoolSnapshot pool) {
        var growth = pool.growth();
        return row(
                pool.user(),
                pool.database(),
                pool.svLogin(),
                growth.connects(),
                growth.gateWaits(),
                growth.outwaitedAtGate(),
                growth.handovers(),
                growth.outwaited(),
                growth.impatient(),
                growth.deferred());
    }
}
