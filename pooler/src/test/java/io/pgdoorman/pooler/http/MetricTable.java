package io.pgdoorman.pooler.http;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The families of a page in the text format: each with its type, the names of its labels and what it means.
final class MetricTable {

    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"(?:[^\"\\\\]|\\\\.)*\"");

    /// One row.
    record Row(String type, String labels, String meaning) {}

    private MetricTable() {}

    /// Families by name, without those of the JVM.
    static Map<String, Row> of(String page) {
        var helps = new TreeMap<String, String>();
        var types = new TreeMap<String, String>();
        var labels = new TreeMap<String, TreeSet<String>>();
        for (var line : page.split("\n")) {
            var words = line.split(" ", 4);
            if (line.startsWith("# HELP ")) {
                helps.put(words[2], words[3]);
            } else if (line.startsWith("# TYPE ")) {
                types.put(words[2], words[3]);
            } else {
                var name = line.replaceAll("[{ ].*", "");
                var family = familyOf(name, types);
                var found = labels.computeIfAbsent(family, _ -> new TreeSet<>());
                LABEL.matcher(line).results().map(match -> match.group(1)).forEach(found::add);
                found.remove("le");
            }
        }
        var rows = new TreeMap<String, Row>();
        types.forEach((name, type) -> {
            if (!name.startsWith("jvm_")) {
                var names = labels.getOrDefault(name, new TreeSet<>());
                rows.put(name, new Row(type, String.join(", ", names), helps.getOrDefault(name, "")));
            }
        });
        return rows;
    }

    private static String familyOf(String name, Map<String, String> types) {
        for (var suffix : List.of("_bucket", "_sum", "_count")) {
            var base = name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
            if ("histogram".equals(types.get(base))) {
                return base;
            }
        }
        return name;
    }

    /// As Markdown.
    static String text(Map<String, Row> rows) {
        var text = new StringBuilder("| name | type | labels | meaning |\n| --- | --- | --- | --- |\n");
        rows.forEach((name, row) -> text.append("| `%s` | %s | %s | %s |\n"
                .formatted(name, row.type(), row.labels().isEmpty() ? "–" : row.labels(), row.meaning())));
        return text.toString();
    }
}
