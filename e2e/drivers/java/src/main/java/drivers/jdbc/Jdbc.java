package drivers.jdbc;

import static drivers.Scenarios.must;

import drivers.Scenarios;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;

/// The scenarios that any JDBC connection of pgjdbc can do, wherever it comes from, and what they have in common.
public final class Jdbc {

    public static final String URL =
            "jdbc:postgresql://" + Scenarios.HOST + ":" + Scenarios.PORT + "/" + Scenarios.DATABASE;

    private Jdbc() {}

    static Scenarios scenarios(Source source) {
        var sessions = new Sessions(source);
        var limits = new Limits(source);
        var statements = new Statements(source);
        var batches = new Batches(source);
        var copies = new Copies(source);
        return new Scenarios()
                .add("login", sessions::login)
                .add("startup", sessions::startup)
                .add("prepared", statements::prepared)
                .add("batch", batches::batch)
                .add("batch-error", batches::batchError)
                .add("copy-in", copies::copyIn)
                .add("copy-out", copies::copyOut)
                .add("copy-binary", copies::copyBinary)
                .add("copy-error", copies::copyError)
                .add("cancel", limits::cancel)
                .add("timeout", limits::timeout)
                .add("errors", sessions::errors)
                .add("reconnect", sessions::reconnect)
                .add("transactions", sessions::transactions)
                .add("large", statements::large)
                .add("types", statements::types)
                .add("cursor", statements::cursor)
                .add("listen", sessions::listen);
    }

    public static Connection direct(Map<String, String> more) throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", Scenarios.USER);
        properties.setProperty("password", Scenarios.PASSWORD);
        properties.putAll(more);
        return DriverManager.getConnection(URL, properties);
    }

    public static void execute(Connection c, String... statements) throws SQLException {
        try (var statement = c.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
    }

    public static <T> T one(Connection c, Class<T> type, String sql, Object... values) throws SQLException {
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
}
