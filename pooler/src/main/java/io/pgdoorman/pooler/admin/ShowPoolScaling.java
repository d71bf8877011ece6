package io.pgdoorman.pooler.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW POOL_SCALING: how the servers of each pool came to be, in PgDoorman's columns. There is no budget at the gate
/// here, and
/// a connect is never a fallback of another way, so that two columns stay at 0.
final class ShowPoolScaling extends ShowCommand {

    private final Inspection inspection;

    ShowPoolScaling(Inspection inspection) {
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
        this.inspection = inspection;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return inspection.growth().stream()
                .map(pool -> row(
                        pool.user(),
                        pool.database(),
                        pool.connecting(),
                        pool.connects(),
                        pool.gateWaits(),
                        0,
                        pool.handovers(),
                        pool.impatient(),
                        0,
                        pool.deferred()))
                .toList();
    }
}
