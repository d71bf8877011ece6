package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW STATS_AVERAGES: the figures of each database over the last 15 seconds, as PgBouncer has them.
final class ShowStatsAverages extends ShowCommand {

    private final Snapshots snapshots;

    ShowStatsAverages(Snapshots snapshots) {
        super("stats_averages", text("database"), number(Tally.NAMES));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return Tally.byDatabase(snapshots.pools()).entrySet().stream()
                .map(database -> row(database.getKey(), Tally.averages(database.getValue())))
                .toList();
    }
}
