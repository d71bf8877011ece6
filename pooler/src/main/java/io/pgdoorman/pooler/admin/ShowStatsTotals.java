package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW STATS_TOTALS: the figures of each database since the start, as PgBouncer has them.
final class ShowStatsTotals extends ShowCommand {

    private final Snapshots snapshots;

    ShowStatsTotals(Snapshots snapshots) {
        super("stats_totals", text("database"), number(Tally.NAMES));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return Tally.byDatabase(snapshots.pools()).entrySet().stream()
                .map(database -> row(database.getKey(), Tally.totals(database.getValue())))
                .toList();
    }
}
