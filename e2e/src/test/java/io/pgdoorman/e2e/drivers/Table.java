package io.pgdoorman.e2e.drivers;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// The table of drivers and scenarios as Markdown.
record Table(List<String> scenarios, List<Results> results) {

    static final String BEGIN = "<!-- the last result: written by DriversE2E -->";
    static final String END = "<!-- end -->";

    /// Only what does not depend on the machine: verdicts by driver and scenario.
    String verdicts() {
        List<String> lines = new ArrayList<>();
        lines.add("| | " + String.join(" | ", scenarios) + " |");
        lines.add("| --- |" + " --- |".repeat(scenarios.size()));
        for (var result : results) {
            var cells = scenarios.stream().map(result::cell).toList();
            lines.add("| " + result.driver().name() + " | " + String.join(" | ", cells) + " |");
        }
        return String.join("\n", lines);
    }

    /// All of it, with versions and the reasons of what is left out.
    String text() {
        var versions = new StringBuilder("| driver | version |\n| --- | --- |\n");
        var reasons = new TreeMap<String, List<String>>();
        for (var result : results) {
            versions.append("| %s | %s |\n".formatted(result.driver().name(), result.version()));
            for (var scenario : scenarios) {
                if (result.pooled().of(scenario) instanceof Report.Skipped(var reason)) {
                    reasons.computeIfAbsent("%s: %s".formatted(scenario, reason), _ -> new ArrayList<>())
                            .add(result.driver().name());
                }
            }
        }
        var left = new StringBuilder();
        reasons.forEach((reason, names) -> left.append("- %s (%s)\n".formatted(reason, String.join(", ", names))));
        return "%s\n\n%s\n\nLeft out:\n\n%s\n%s".formatted(BEGIN, verdicts(), left, versions) + "\n" + END;
    }
}
