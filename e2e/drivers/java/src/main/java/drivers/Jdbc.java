package drivers;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.util.PGobject;

/// The scenarios that any JDBC connection of pgjdbc can do, wherever it comes from.
final class Jdbc {

    /// Opens a connection with these properties of pgjdbc laid over the usual ones.
    interface Source {
        Connection open(Map<String, String> properties) throws SQLException;
    }

    private static final String URL =
            "jdbc:postgresql://" + Scenarios.HOST + ":" + Scenarios.PORT + "/" + Scenarios.DATABASE;

    private final Source source;

    Jdbc(Source source) {
        this.source = source;
    }

    Scenarios scenarios() {
        return new Scenarios()
                .add("login", this::login)
                .add("startup", this::startup)
                .add("prepared", this::prepared)
                .add("batch", this::batch)
                .add("batch-error", this::batchError)
                .add("copy-in", this::copyIn)
                .add("copy-out", this::copyOut)
                .add("copy-binary", this::copyBinary)
                .add("copy-error", this::copyError)
                .add("cancel", this::cancel)
                .add("timeout", this::timeout)
                .add("errors", this::errors)
                .add("reconnect", this::reconnect)
                .add("transactions", this::transactions)
                .add("large", this::large)
                .add("types", this::types)
                .add("cursor", this::cursor)
                .add("listen", this::listen);
    }

    static String url() {
        return URL;
    }

    static Connection direct(Map<String, String> more) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", Scenarios.USER);
        properties.setProperty("password", Scenarios.PASSWORD);
        properties.putAll(more);
        return java.sql.DriverManager.getConnection(URL, properties);
    }

    private Connection open() throws SQLException {
        return source.open(Map.of());
    }

    static void execute(Connection c, String... statements) throws SQLException {
        try (var statement = c.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    static <T> T one(Connection c, Class<T> type, String sql, Object... values) throws SQLException {
        try (var statement = c.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            try (var rows = statement.executeQuery()) {
                rows.next();
                return rows.getObject(1, type);
            }
        }
    }

    static void usable(Connection c) throws SQLException {
        must("afterwards", one(c, String.class, "select 'still ' || ?::text", "here"), "still here");
    }

    void login() throws Exception {
        try (var c = open()) {
            must("user", one(c, String.class, "select current_user::text"), Scenarios.USER);
        }
        mustFail(
                "wrong password",
                "28P01",
                () -> direct(Map.of("password", "wrong")).close());
    }

    void startup() throws Exception {
        try (var c = open()) {
            for (int i = 0; i < 4; i++) {
                execute(
                        c,
                        "create schema if not exists s" + i,
                        "drop table if exists s" + i + ".place",
                        "create table s" + i + ".place as select 's" + i + "' as name");
            }
        }
        concurrently(8, i -> {
            var settings = Map.of(
                    "ApplicationName", "application " + i,
                    "currentSchema", "s" + i % 4,
                    "options", "-c statement_timeout=" + (20001 + i));
            try (var c = source.open(settings)) {
                for (int n = 0; n < 40; n++) {
                    var got = one(
                            c,
                            String.class,
                            "select name || '|' || current_setting('application_name') || '|' ||"
                                    + " current_setting('statement_timeout') from place");
                    must("settings", got, "s" + i % 4 + "|application " + i + "|" + (20001 + i) + "ms");
                }
            }
        });
    }

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

    void batch() throws Exception {
        concurrently(3, i -> {
            for (var rewrite : List.of("false", "true")) {
                try (var c = source.open(Map.of("reWriteBatchedInserts", rewrite))) {
                    var table = "batch" + i;
                    execute(c, "drop table if exists " + table, "create table " + table + " (id int4, word text)");
                    try (var statement = c.prepareStatement("insert into " + table + " values (?, ?)")) {
                        for (int n = 0; n < 500; n++) {
                            statement.setInt(1, n);
                            statement.setString(2, "word " + n);
                            statement.addBatch();
                        }
                        must("counts", statement.executeBatch().length, 500);
                    }
                    try (var statement = c.createStatement()) {
                        for (int n = 0; n < 100; n++) {
                            statement.addBatch("update " + table + " set word = word || '!' where id < " + n);
                        }
                        var counts = statement.executeBatch();
                        for (int n = 0; n < 100; n++) {
                            must("count", counts[n], n);
                        }
                    }
                    must(
                            "rows",
                            one(
                                    c,
                                    Long.class,
                                    "select count(*) from " + table + " where word like 'word ' || id || '%'"),
                            500L);
                    must(
                            "marks",
                            one(c, Long.class, "select sum(length(word) - length(rtrim(word, '!'))) from " + table),
                            4950L);
                    // many statements in one simple query
                    try (var statement = c.createStatement()) {
                        statement.execute("select 1; select 2; select 3");
                        for (int n = 1; n <= 3; n++) {
                            statement.getResultSet().next();
                            must("statement", statement.getResultSet().getInt(1), n);
                            statement.getMoreResults();
                        }
                    }
                }
            }
        });
    }

    void batchError() throws Exception {
        concurrently(3, i -> {
            try (var c = open()) {
                var table = "batch_error" + i;
                execute(c, "drop table if exists " + table, "create table " + table + " (id int4 primary key)");
                for (int round = 0; round < 10; round++) {
                    try (var statement = c.prepareStatement("insert into " + table + " values (?)")) {
                        for (int n = 0; n < 300; n++) {
                            statement.setInt(1, round * 1000 + (n == 200 ? 0 : n));
                            statement.addBatch();
                        }
                        mustFail("a key twice", "23505", statement::executeBatch);
                    }
                    usable(c);
                    c.setAutoCommit(false);
                    try (var statement = c.createStatement()) {
                        statement.addBatch("insert into " + table + " values (" + (round * 1000 + 999) + ")");
                        statement.addBatch("select_nothing");
                        statement.addBatch("insert into " + table + " values (0)");
                        try {
                            statement.executeBatch();
                            throw new AssertionError("no failure");
                        } catch (BatchUpdateException e) {
                            must("state", e.getSQLState(), "42601");
                        }
                    }
                    c.rollback();
                    c.setAutoCommit(true);
                    must(
                            "rolled back",
                            one(c, Long.class, "select count(*) from " + table + " where id % 1000 = 999"),
                            0L);
                }
            }
        });
    }

    void copyIn() throws Exception {
        try (var c = open()) {
            execute(c, "drop table if exists copied", "create table copied (id int4, word text)");
            var text = new StringBuilder();
            for (int i = 0; i < 20000; i++) {
                text.append(i).append("\tword ").append(i).append('\n');
            }
            must("rows", copy(c).copyIn("copy copied from stdin", new StringReader(text.toString())), 20000L);
            must("rows", one(c, Long.class, "select count(*) from copied where word = 'word ' || id"), 20000L);
        }
    }

    private static org.postgresql.copy.CopyManager copy(Connection c) throws SQLException {
        return c.unwrap(PGConnection.class).getCopyAPI();
    }

    void copyOut() throws Exception {
        try (var c = open()) {
            var text = new StringWriter();
            copy(c).copyOut("copy (select i, 'word ' || i from generate_series(0, 19999) i) to stdout", text);
            var lines = text.toString().split("\n");
            must("lines", lines.length, 20000);
            for (int i = 0; i < lines.length; i++) {
                must("line", lines[i], i + "\tword " + i);
            }
        }
    }

    void copyBinary() throws Exception {
        try (var c = open()) {
            execute(c, "drop table if exists copied_binary", "create table copied_binary (id int4, word text)");
            var bytes = new java.io.ByteArrayOutputStream();
            copy(c).copyOut(
                            "copy (select i::int4, 'word ' || i from generate_series(1, 5000) i) to stdout (format"
                                    + " binary)",
                            bytes);
            must(
                    "rows",
                    copy(c).copyIn(
                                    "copy copied_binary from stdin (format binary)",
                                    new java.io.ByteArrayInputStream(bytes.toByteArray())),
                    5000L);
            must("rows", one(c, Long.class, "select count(*) from copied_binary where word = 'word ' || id"), 5000L);
        }
    }

    void copyError() throws Exception {
        try (var c = open()) {
            execute(c, "drop table if exists refused", "create table refused (id int4)");
            var bad = "1\n".repeat(3000) + "no number\n" + "2\n".repeat(50000);
            mustFail(
                    "refused by the server",
                    "22P02",
                    () -> copy(c).copyIn("copy refused from stdin", new StringReader(bad)));
            usable(c);
            var broken = new InputStream() {
                private int left = 100;

                @Override
                public int read() throws IOException {
                    if (left-- <= 0) {
                        throw new IOException("the source broke");
                    }
                    return left % 2 == 0 ? '\n' : '1';
                }
            };
            mustFail("given up by the client", () -> copy(c).copyIn("copy refused from stdin", broken));
            usable(c);
            must("rows", one(c, Long.class, "select count(*) from refused"), 0L);
        }
    }

    void cancel() throws Exception {
        concurrently(3, i -> {
            try (var c = open()) {
                for (int n = 0; n < 3; n++) {
                    if (i > 0) {
                        must(
                                "a neighbour's answer",
                                one(c, Integer.class, "select ?::int4 from pg_sleep(0.1)", i * 10 + n),
                                i * 10 + n);
                        continue;
                    }
                    try (var statement = c.createStatement()) {
                        mustFail(
                                "cancelled",
                                "57014",
                                () -> Scenarios.cancelling(
                                        statement::cancel, () -> statement.execute("select pg_sleep(30)")));
                    }
                    usable(c);
                }
            }
        });
    }

    void timeout() throws Exception {
        try (var c = open()) {
            c.setAutoCommit(false);
            execute(c, "set local statement_timeout = 50");
            mustFail("statement_timeout", "57014", () -> execute(c, "select pg_sleep(30)"));
            c.rollback();
            c.setAutoCommit(true);
            execute(c, "select pg_sleep(0.1)");
            // pgjdbc's own limit cancels
            try (var statement = c.createStatement()) {
                statement.setQueryTimeout(1);
                mustFail("query timeout", "57014", () -> statement.execute("select pg_sleep(30)"));
            }
            usable(c);
        }
        // and this one gives the connection up
        try (var c = source.open(Map.of("socketTimeout", "1"))) {
            mustFail("socket timeout", () -> execute(c, "select pg_sleep(3)"));
        }
        try (var c = open()) {
            usable(c);
        }
    }

    void errors() throws Exception {
        try (var c = open()) {
            execute(
                    c,
                    "drop table if exists keyed",
                    "create table keyed (id int4 primary key)",
                    "insert into keyed values (1)");
            var states = Map.of(
                    "selec 1", "42601",
                    "select * from nowhere", "42P01",
                    "insert into keyed values (1)", "23505",
                    "select 'x'::int4", "22P02",
                    "do $$ begin raise 'own'; end $$", "P0001",
                    "select nothing_like_this(1)", "42883",
                    "select 1/(i - 500) from generate_series(1, 1000) i", "22012");
            for (var failing : states.entrySet()) {
                for (int n = 0; n < 7; n++) { // beyond pgjdbc's prepareThreshold
                    mustFail(failing.getKey(), failing.getValue(), () -> {
                        try (var statement = c.prepareStatement(failing.getKey())) {
                            statement.execute();
                        }
                    });
                }
                usable(c);
                c.setAutoCommit(false);
                mustFail(failing.getKey(), failing.getValue(), () -> execute(c, failing.getKey()));
                mustFail("failed transaction", "25P02", () -> execute(c, "select 1"));
                c.rollback();
                c.setAutoCommit(true);
            }
            usable(c);
        }
    }

    void reconnect() throws Exception {
        for (int n = 0; n < 3; n++) {
            try (var c = open()) {
                c.setAutoCommit(false);
                int pid = one(c, Integer.class, "select pg_backend_pid()");
                try (var other = open()) {
                    must("terminated", one(other, Boolean.class, "select pg_terminate_backend(?, 5000)", pid), true);
                }
                mustFail("a terminated server", () -> execute(c, "select 1"));
            }
            try (var c = open()) {
                must("afterwards", one(c, Integer.class, "select ?::int4", n), n);
            }
        }
    }

    void transactions() throws Exception {
        try (var c = open();
                var other = open()) {
            execute(c, "drop table if exists kept", "create table kept (id int4)");
            c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            c.setAutoCommit(false);
            execute(c, "insert into kept values (1)");
            var savepoint = c.setSavepoint("inner");
            execute(c, "insert into kept values (2)");
            mustFail("division", "22012", () -> execute(c, "select 1/0"));
            c.rollback(savepoint);
            execute(c, "insert into kept values (3)");
            must("seen by another", one(other, Long.class, "select count(*) from kept"), 0L);
            c.commit();
            must("seen by another", one(other, Long.class, "select count(*) from kept"), 2L);
            execute(c, "delete from kept");
            c.rollback();
            must("seen by another", one(other, Long.class, "select count(*) from kept"), 2L);
            c.setReadOnly(true);
            mustFail("read only", "25006", () -> execute(c, "delete from kept"));
            c.rollback();
            c.setReadOnly(false);
            c.setAutoCommit(true);
            c.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        }
        // each failed statement is taken back by a savepoint that pgjdbc sets
        try (var c = source.open(Map.of("autosave", "always"))) {
            c.setAutoCommit(false);
            for (int n = 0; n < 10; n++) {
                mustFail("division", "22012", () -> execute(c, "select 1/0"));
                usable(c);
            }
            c.commit();
        }
    }

    void large() throws Exception {
        try (var c = open()) {
            for (int size : new int[] {1, 8191, 8192, 65536, 1 << 20, 8 << 20}) {
                var sent = "x".repeat(size - 1) + "!";
                must(
                        size + " characters",
                        one(c, String.class, "select ?::text", sent).equals(sent),
                        true);
                var bytes = sent.getBytes(StandardCharsets.UTF_8);
                must(
                        size + " bytes",
                        Arrays.equals(one(c, byte[].class, "select ?::bytea", (Object) bytes), bytes),
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
                            one(c, byte[].class, "select ?::bytea", (Object) new byte[] {0, 1, -1, '\\'}),
                            new byte[] {0, 1, -1, '\\'});
                    var array = c.createArrayOf("int4", new Object[] {1, 2, null, 3});
                    must(
                            "int4[]",
                            one(c, java.sql.Array.class, "select ?::int4[]", array)
                                    .getArray(),
                            new Integer[] {1, 2, null, 3});
                    var json = new PGobject();
                    json.setType("jsonb");
                    json.setValue("{\"a\": [1.5, \"x\", null]}");
                    must("jsonb", one(c, String.class, "select ?::jsonb::text", json), json.getValue());
                    must("null", one(c, String.class, "select ?::text", (Object) null), null);
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> void there(Connection c, String kind, T value) throws SQLException {
        must(kind, one(c, (Class<T>) value.getClass(), "select ?::" + kind, value), value);
    }

    void cursor() throws Exception {
        try (var c = open()) {
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

    void listen() throws Exception {
        try (var c = open();
                var other = open()) {
            execute(c, "listen java_channel");
            for (int n = 0; n < 3; n++) {
                one(other, String.class, "select pg_notify('java_channel', ?)::text", "message " + n);
                var got = new ArrayList<String>();
                for (int tries = 0; got.isEmpty() && tries < 50; tries++) {
                    var some = c.unwrap(PGConnection.class).getNotifications(100);
                    for (var one : some == null ? new org.postgresql.PGNotification[0] : some) {
                        got.add(one.getName() + " " + one.getParameter());
                    }
                }
                must("notification", got, List.of("java_channel message " + n));
            }
            execute(c, "unlisten *");
        }
    }
}
