package io.pgdoorman.pooler.admin;

import java.util.Collection;
import java.util.Comparator;

/// Finds the name that a mistyped one most likely means.
final class Nearest {

    private static final int LONGEST = 64;

    private Nearest() {}

    /// The name with the fewest edits from any of the readings; of equals the first in their order.
    static String to(Collection<String> readings, Collection<String> names) {
        var bounded = readings.stream()
                .map(reading -> reading.substring(0, Math.min(reading.length(), LONGEST)))
                .toList();
        return names.stream()
                .min(Comparator.comparingInt((String name) -> fewestEdits(bounded, name))
                        .thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
    }

    private static int fewestEdits(Collection<String> readings, String name) {
        return readings.stream().mapToInt(reading -> edits(reading, name)).min().orElseThrow();
    }

    /// Levenshtein's distance, one row at a time.
    private static int edits(String from, String to) {
        var row = new int[to.length() + 1];
        for (var t = 0; t <= to.length(); t++) {
            row[t] = t;
        }
        for (var f = 1; f <= from.length(); f++) {
            var diagonal = row[0];
            row[0] = f;
            for (var t = 1; t <= to.length(); t++) {
                var replaced = diagonal + (from.charAt(f - 1) == to.charAt(t - 1) ? 0 : 1);
                diagonal = row[t];
                row[t] = Math.min(replaced, Math.min(row[t], row[t - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
