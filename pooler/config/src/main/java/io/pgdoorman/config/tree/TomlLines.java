package io.pgdoorman.config.tree;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Finds the lines of tables and keys in a TOML text that is known to parse.
///
/// Only a hint for messages: keys inside inline tables get the line of the key before them.
final class TomlLines {

    private static final Pattern STEP = Pattern.compile("\\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+))\\s*(\\.|$)");
    private static final Pattern TRIPLE = Pattern.compile("\"\"\"|'''");

    private final Map<String, Integer> lines = new HashMap<>();
    private final Map<String, Integer> arrays = new HashMap<>();
    private Place table = new Place("", "", null);
    private @Nullable String openQuote;

    private TomlLines() {}

    static Map<String, Integer> of(String text) {
        var scan = new TomlLines();
        var number = 1;
        for (var line : text.lines().toList()) {
            scan.line(line, number++);
        }
        return scan.lines;
    }

    private void line(String line, int number) {
        if (openQuote != null) {
            follow(line);
            return;
        }
        var bare = line.strip();
        if (bare.startsWith("[[")) {
            table(bare.substring(2, Math.max(2, bare.indexOf(']'))), true, number);
        } else if (bare.startsWith("[")) {
            table(bare.substring(1, Math.max(1, bare.lastIndexOf(']'))), false, number);
        } else if (!bare.startsWith("#") && bare.indexOf('=') > 0) {
            var at = below(table, steps(bare.substring(0, bare.indexOf('='))));
            lines.putIfAbsent(at.path(), number);
        }
        follow(line);
    }

    /// Multi-line strings hide what looks like keys.
    private void follow(String line) {
        var quotes = TRIPLE.matcher(line);
        while (quotes.find()) {
            if (openQuote == null) {
                openQuote = quotes.group();
            } else if (openQuote.equals(quotes.group())) {
                openQuote = null;
            }
        }
    }

    private void table(String name, boolean isArray, int number) {
        var steps = steps(name);
        if (steps.isEmpty()) {
            return;
        }
        var parent = below(new Place("", "", null), steps.subList(0, steps.size() - 1));
        var at = parent.child(steps.getLast(), null);
        lines.putIfAbsent(at.path(), number);
        if (isArray) {
            at = at.item(arrays.merge(at.path(), 1, Integer::sum) - 1, null);
            lines.putIfAbsent(at.path(), number);
        }
        table = at;
    }

    private Place below(Place start, List<String> steps) {
        var at = start;
        for (var step : steps) {
            at = at.child(step, null);
            var count = arrays.get(at.path());
            if (count != null) {
                at = at.item(count - 1, null);
            }
        }
        return at;
    }

    private static List<String> steps(String key) {
        var steps = new ArrayList<String>();
        var matcher = STEP.matcher(key);
        while (matcher.lookingAt()) {
            for (var group = 1; group <= 3; group++) {
                if (matcher.group(group) != null) {
                    steps.add(matcher.group(group));
                }
            }
            matcher.region(matcher.end(), key.length());
        }
        return steps;
    }
}
