package drivers.jdbc;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;

import drivers.Scenarios;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.postgresql.util.PGobject;

/// Scenarios of statements one by one: prepared, large, of many types, and rows by parts.
record Statements(Source source) {

    void prepared() throws Exception {
        var servers = new Scenarios.Servers();
        for (var mode : List.of("extended", "extendedForPrepared", "extendedCacheEverything")) {
            for (var threshold : List.of("1", "5")) {
                concurrently(6, connection -> {
                    try (var c = source.open(Map.of(
                            "preferQueryMode",
                            mode,
                            "prepareThreshold",
                            threshold,
                            "preparedStatementCacheQueries",
                            "4"))) {
                        for (int i = 0; i < 40; i++) {
                            ask(c, servers, connection + 10 * (mode + threshold).hashCode(), i);
                        }
                    }
                });
            }
        }
        servers.check();
    }

    private static void ask(Connection c, Scenarios.Servers servers, int connection, int i) throws SQLException {
        int question = connection % 100 * 1000 + i;
        var sql = "select " + i % 7 + ", ?::int4 * 2, pg_backend_pid() /* " + i % 7 + " */" + Scenarios.DAWDLE;
        try (var statement = c.prepareStatement(sql)) {
            statement.setInt(1, question);
            try (var rows = statement.executeQuery()) {
                must("a row", rows.next(), true);
                must("answer", List.of(rows.getInt(1), rows.getInt(2)), List.of(i % 7, question * 2));
                servers.add(connection, rows.getInt(3));
            }
        }
    }

    void large() throws Exception {
        try (var c = source.open()) {
            for (int size : Scenarios.SIZES) {
                var sent = "x".repeat(size - 1) + "!";
                must(
                        size + " characters",
                        Jdbc.one(c, String.class, "select ?::text", sent).equals(sent),
                        true);
                var bytes = sent.getBytes(StandardCharsets.UTF_8);
                must(
                        size + " bytes",
                        Arrays.equals(Jdbc.one(c, byte[].class, "select ?::bytea", (Object) bytes), bytes),
                        true);
            }
            try (var statement = c.prepareStatement(
                            "select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i");
                    var rows = statement.executeQuery()) {
                int n = 0;
                while (rows.next()) {
                    n++;
                    must("number", rows.getInt(1), n);
                    must(
                            "row",
                            rows.getString(2)
                                    .equals(Character.toString(97 + n % 26).repeat(100000)),
                            true);
                }
                must("rows", n, 100);
            }
        }
    }

    void types() throws Exception {
        for (var binary : List.of("true", "false")) {
            try (var c = source.open(Map.of("binaryTransfer", binary, "prepareThreshold", "-1"))) {
                for (int n = 0; n < 2; n++) {
                    there(c, "bool", true);
                    there(c, "int4", Integer.MAX_VALUE);
                    there(c, "int8", Long.MIN_VALUE);
                    there(c, "float4", 1.5f);
                    there(c, "float8", 3.141592653589793);
                    there(c, "numeric", new BigDecimal("123456789.00001"));
                    there(c, "text", "a ' \" \\ \u20ac \uD83D\uDE00 \n");
                    there(c, "date", LocalDate.of(2026, 2, 28));
                    there(c, "time", LocalTime.of(12, 34, 56, 789000));
                    there(c, "timestamp", LocalDateTime.of(2026, 11, 24, 12, 34, 56, 789000));
                    there(c, "timestamptz", OffsetDateTime.of(2026, 11, 24, 12, 34, 56, 789000, ZoneOffset.UTC));
                    there(c, "uuid", UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"));
                    must(
                            "bytea",
                            Jdbc.one(c, byte[].class, "select ?::bytea", (Object) new byte[] {0, 1, -1, '\\'}),
                            new byte[] {0, 1, -1, '\\'});
                    var array = c.createArrayOf("int4", new Object[] {1, 2, null, 3});
                    must(
                            "int4[]",
                            Jdbc.one(c, java.sql.Array.class, "select ?::int4[]", array)
                                    .getArray(),
                            new Integer[] {1, 2, null, 3});
                    var json = new PGobject();
                    json.setType("jsonb");
                    json.setValue("{\"a\": [1.5, \"x\", null]}");
                    must("jsonb", Jdbc.one(c, String.class, "select ?::jsonb::text", json), json.getValue());
                    must("null", Jdbc.one(c, String.class, "select ?::text", (Object) null), null);
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> void there(Connection c, String kind, T value) throws SQLException {
        must(kind, Jdbc.one(c, (Class<T>) value.getClass(), "select ?::" + kind, value), value);
    }

    void cursor() throws Exception {
        try (var c = source.open()) {
            c.setAutoCommit(false);
            try (var statement = c.prepareStatement("select i from generate_series(1, ?) i");
                    var second = c.prepareStatement("select -i from generate_series(1, ?) i")) {
                statement.setFetchSize(70);
                statement.setInt(1, 1000);
                second.setFetchSize(30);
                second.setInt(1, 1000);
                // two portals at once
                try (var rows = statement.executeQuery();
                        var others = second.executeQuery()) {
                    int n = 0;
                    while (rows.next()) {
                        others.next();
                        n++;
                        must("row", List.of(rows.getInt(1), others.getInt(1)), List.of(n, -n));
                    }
                    must("rows", n, 1000);
                }
            }
            c.commit();
        }
    }
}
