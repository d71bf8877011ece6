package io.pgdoorman.operator.app;

import io.pgdoorman.operator.podlink.PodLink.Column;
import io.pgdoorman.operator.podlink.PodLink.Table;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// What the consoles of several pods showed, as one table.
final class ConsoleTable {

    /// Numbers that name something.
    private static final Set<String> NAMES = Set.of("port", "generation", "peer_id", "fd", "server_process_id");

    /// Numbers of which a fleet has no sum: times, ages, percentiles, and what is on or off.
    private static final Pattern GREATEST =
            Pattern.compile("maxwait.*|avg_.*_time|.*_ms|.*_seconds|.*_0\\.[0-9]+|ttl|paused|disabled");

    private ConsoleTable() {}

    /// All rows, each with the name of its pod before it.
    static List<String> side(Map<String, Table> byPod) {
        var cells = new ArrayList<List<String>>();
        byPod.forEach((pod, table) -> {
            if (cells.isEmpty()) {
                cells.add(with("pod", names(table)));
            }
            table.rows().forEach(row -> cells.add(with(pod, row)));
        });
        return lines(cells);
    }

    /// Rows with the same texts are one: their numbers are added up, and of times the greatest is told.
    static List<String> sum(Map<String, Table> byPod) {
        var sums = new LinkedHashMap<List<String>, List<String>>();
        var cells = new ArrayList<List<String>>();
        for (var table : byPod.values()) {
            if (cells.isEmpty()) {
                cells.add(names(table));
            }
            for (var row : table.rows()) {
                sums.merge(texts(table, row), row, (a, b) -> added(table.columns(), a, b));
            }
        }
        cells.addAll(sums.values());
        return lines(cells);
    }

    private static List<String> names(Table table) {
        return table.columns().stream().map(Column::name).toList();
    }

    private static List<String> with(String first, List<String> rest) {
        var all = new ArrayList<String>();
        all.add(first);
        all.addAll(rest);
        return all;
    }

    private static List<String> texts(Table table, List<String> row) {
        return IntStream.range(0, row.size())
                .filter(i -> isText(table.columns().get(i)))
                .mapToObj(row::get)
                .toList();
    }

    private static boolean isText(Column column) {
        return !column.isNumber() || NAMES.contains(column.name());
    }

    private static List<String> added(List<Column> columns, List<String> a, List<String> b) {
        return IntStream.range(0, a.size())
                .mapToObj(i ->
                        isText(columns.get(i)) ? a.get(i) : added(columns.get(i).name(), a.get(i), b.get(i)))
                .toList();
    }

    /// A value that is not there counts as none.
    private static String added(String column, String a, String b) {
        if (a.isEmpty() || b.isEmpty()) {
            return a + b;
        }
        var one = new BigInteger(a);
        var other = new BigInteger(b);
        return (GREATEST.matcher(column).matches() ? one.max(other) : one.add(other)).toString();
    }

    private static List<String> lines(List<List<String>> cells) {
        if (cells.isEmpty()) {
            return List.of();
        }
        var widths = IntStream.range(0, cells.getFirst().size())
                .map(i -> cells.stream()
                        .mapToInt(row -> row.get(i).length())
                        .max()
                        .orElse(0))
                .toArray();
        return cells.stream().map(row -> line(row, widths)).toList();
    }

    private static String line(List<String> row, int[] widths) {
        var line = new StringBuilder();
        for (var i = 0; i < row.size(); i++) {
            line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
        }
        return line.toString().stripTrailing();
    }
}
