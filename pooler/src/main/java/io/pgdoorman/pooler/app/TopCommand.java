package io.pgdoorman.pooler.app;

import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `pooler top`: what the pools do, as the console tells it, again and again.
@Command(
        name = "top",
        description = "Shows the pools of a running pooler by its console, the busiest first, until it is interrupted.")
final class TopCommand implements Callable<Integer> {
    private static final String CLEAR = "\u001b[H\u001b[2J";
    private static final String LINE = "%-20s %-16s %8s %8s %8s %8s %8s %6s %10s %10s %10s %8s%n";
    private static final int WIDEST_NAME = 20;
    private static final int WIDEST_USER = 16;

    private final PrintStream out;

    @Mixin
    private ConsoleLogin login = new ConsoleLogin();

    @Option(
            names = {"-i", "--interval"},
            defaultValue = "2",
            description = "seconds between two looks; default: 2")
    private int interval;

    @Option(
            names = {"-n", "--count"},
            defaultValue = "0",
            description = "looks, one below the other; default: without end, on a cleared screen")
    private int count;

    TopCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws SQLException, InterruptedException {
        // the console's own statements need no preparing
        try (var console = login.connect("pgdoorman", Map.of("preferQueryMode", "simple"))) {
            for (int look = 1; count == 0 || look <= count; look++) {
                var text = text(rows(console, "SHOW POOLS"), rows(console, "SHOW STATS"));
                out.print(count == 0 ? CLEAR + text : text);
                out.flush();
                if (look != count) {
                    TimeUnit.SECONDS.sleep(Math.max(1, interval));
                }
            }
        }
        return 0;
    }

    private static List<Map<String, String>> rows(Connection console, String command) throws SQLException {
        var all = new ArrayList<Map<String, String>>();
        try (var statement = console.createStatement();
                var rows = statement.executeQuery(command)) {
            var columns = rows.getMetaData();
            while (rows.next()) {
                var row = new LinkedHashMap<String, String>();
                for (int i = 1; i <= columns.getColumnCount(); i++) {
                    row.put(columns.getColumnLabel(i), String.valueOf(rows.getString(i)));
                }
                all.add(row);
            }
        }
        return all;
    }

    /// @param pools rows of SHOW POOLS
    /// @param stats rows of SHOW STATS
    static String text(List<Map<String, String>> pools, List<Map<String, String>> stats) {
        var byName = new LinkedHashMap<String, Map<String, String>>();
        stats.forEach(row -> byName.put(name(row), row));
        var text = new StringBuilder(LINE.formatted(
                "database",
                "user",
                "cl act",
                "cl wait",
                "cl idle",
                "sv act",
                "sv idle",
                "size",
                "maxwait ms",
                "xact/s",
                "query/s",
                "err/s"));
        pools.stream()
                .sorted(Comparator.comparingLong((Map<String, String> pool) ->
                                number(byName.getOrDefault(name(pool), Map.of()), "avg_query_count"))
                        .reversed())
                .forEach(pool -> {
                    var stat = byName.getOrDefault(name(pool), Map.of());
                    long wait = number(pool, "maxwait") * 1000 + number(pool, "maxwait_us") / 1000;
                    text.append(LINE.formatted(
                            brief(pool, "database", WIDEST_NAME),
                            brief(pool, "user", WIDEST_USER),
                            number(pool, "cl_active"),
                            number(pool, "cl_waiting"),
                            number(pool, "cl_idle"),
                            number(pool, "sv_active"),
                            number(pool, "sv_idle"),
                            number(pool, "pool_size"),
                            wait,
                            number(stat, "avg_xact_count"),
                            number(stat, "avg_query_count"),
                            number(stat, "avg_errors")));
                });
        return text.toString();
    }

    private static String name(Map<String, String> row) {
        return row.get("database") + "\0" + row.get("user");
    }

    /// Control characters in a name would speak to the terminal.
    private static String brief(Map<String, String> row, String column, int widest) {
        var text = row.getOrDefault(column, "").replaceAll("\\p{Cntrl}", "?");
        return text.length() <= widest ? text : text.substring(0, widest - 1) + "…";
    }

    private static long number(Map<String, String> row, String column) {
        var value = row.getOrDefault(column, "0");
        return value.matches("-?\\d{1,18}") ? Long.parseLong(value) : 0;
    }
}
