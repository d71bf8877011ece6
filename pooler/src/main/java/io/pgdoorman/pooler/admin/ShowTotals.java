package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.Snapshots;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SHOW TOTALS: the figures of all pools together, one a row, as PgBouncer has them.
final class ShowTotals extends ShowCommand {

    private final Snapshots snapshots;

    ShowTotals(Snapshots snapshots) {
        super("totals", text("name"), number("value"));
        this.snapshots = snapshots;
    }

    @Override
    List<List<@Nullable String>> rows() {
        var pools = snapshots.pools();
        var rows = new ArrayList<List<@Nullable String>>();
        add(rows, "total_", Tally.totals(pools));
        add(rows, "avg_", Tally.averages(pools));
        return rows;
    }

    private static void add(List<List<@Nullable String>> rows, String prefix, long[] figures) {
        for (var figure = 0; figure < figures.length; figure++) {
            rows.add(row(prefix + Tally.NAMES[figure], figures[figure]));
        }
    }
}
