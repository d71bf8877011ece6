package io.pgdoorman.operator.local;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Lays out rows as `kubectl get` does: columns as wide as their widest cell, three spaces between.
final class StatusTable {

    private static final List<String> HEADER = List.of("NAME", "READY", "REPLICAS", "CONFIG", "MODE", "AGE");

    private StatusTable() {}

    /// One DoormanPool: ready is `True`, `False` or `Unknown`; replicas and config are `some/all`.
    record Row(String name, String ready, String replicas, String config, String mode, Duration age) {}

    static List<String> lines(List<Row> rows) {
        var cells = new ArrayList<List<String>>();
        cells.add(HEADER);
        for (var row : rows) {
            cells.add(List.of(row.name(), row.ready(), row.replicas(), row.config(), row.mode(), age(row.age())));
        }
        var widths = new int[HEADER.size()];
        for (var line : cells) {
            for (var i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        return cells.stream().map(line -> line(line, widths)).toList();
    }

    /// As kubectl: two units at most, the second only while the first is small.
    static String age(Duration age) {
        var seconds = Math.max(0, age.toSeconds());
        if (seconds < 120) {
            return seconds + "s";
        }
        var minutes = seconds / 60;
        if (minutes < 10 && seconds % 60 != 0) {
            return minutes + "m" + seconds % 60 + "s";
        }
        if (minutes < 180) {
            return minutes + "m";
        }
        var hours = minutes / 60;
        return hours < 48 ? hours + "h" : hours / 24 + "d";
    }

    private static String line(List<String> cells, int[] widths) {
        var line = new StringBuilder();
        for (var i = 0; i < widths.length; i++) {
            line.append(cells.get(i));
            if (i < widths.length - 1) {
                line.repeat(' ', widths[i] - cells.get(i).length() + 3);
            }
        }
        return line.toString();
    }
}
