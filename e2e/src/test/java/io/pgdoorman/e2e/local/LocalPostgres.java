package io.pgdoorman.e2e.local;

import io.pgdoorman.e2e.Progress;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A PostgreSQL on 127.0.0.1 with SCRAM for everybody but its superuser; it can be restarted on the same port.
public final class LocalPostgres implements AutoCloseable {

    private static final String HBA = """
        local all all                  trust
        host  all postgres 127.0.0.1/32 trust
        host  all all      127.0.0.1/32 scram-sha-256
        """;

    private final Path data;
    private volatile EmbeddedPostgres server;

    private LocalPostgres(Path data, EmbeddedPostgres server) {
        this.data = data;
        this.server = server;
    }

    public static LocalPostgres start() {
        try {
            var data = Files.createTempDirectory("doorman-e2e-pg-");
            var postgres = new LocalPostgres(data, builder(data).start());
            Files.writeString(data.resolve("pg_hba.conf"), HBA);
            postgres.does("select pg_reload_conf()");
            return postgres;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static EmbeddedPostgres.Builder builder(Path data) {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPGStartupWait(Duration.ofSeconds(60))
                .setServerConfig("max_connections", "300")
                .setServerConfig("shared_buffers", "64MB")
                .setServerConfig("fsync", "off");
    }

    public int port() {
        return server.getPort();
    }

    /// A connection of the superuser.
    public Connection superuser() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port() + "/postgres", "postgres", "");
    }

    /// What the superuser does, each statement by itself.
    public void does(String... statements) {
        try (var connection = superuser();
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(String.join("; ", statements), e);
        }
    }

    /// What the superuser reads: the first column of each row.
    public List<String> asks(String sql) {
        try (var connection = superuser();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /// Stops it as an administrator in a hurry does ("fast") and starts it again.
    public void restart() {
        int port = port();
        try {
            server.close();
            server = builder(data).setPort(port).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            deleteData();
        } catch (IOException e) {
            Progress.say("PostgreSQL did not stop as it should: " + e.getMessage());
        }
    }

    private void deleteData() throws IOException {
        try (var files = Files.walk(data)) {
            for (var file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
