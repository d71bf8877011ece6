package io.pgdoorman.pooler.script;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// A real PostgreSQL for all integration tests of one JVM, started at first use and stopped with the JVM.
///
/// Its `pg_hba.conf` is strict: only the superuser comes in without a password, and only members of `elders`, which a
/// test may create, by md5.
public final class EmbeddedPg {
    private static final String HBA = """
        local all all                  trust
        host  all postgres 127.0.0.1/32 trust
        host  all old      127.0.0.1/32 md5
        host  all +elders  127.0.0.1/32 md5
        host  all all      127.0.0.1/32 scram-sha-256
        host  replication all 127.0.0.1/32 scram-sha-256
        """;

    private final EmbeddedPostgres server;

    private EmbeddedPg(EmbeddedPostgres server) {
        this.server = server;
    }

    /// Starts on first use; the class loader is the lock.
    private static final class Holder {
        private static final EmbeddedPg SHARED = start();
    }

    /// The instance that all tests of this JVM share.
    public static EmbeddedPg shared() {
        return Holder.SHARED;
    }

    /// PostgreSQL itself.
    public Door door() {
        return new Door("postgres", "127.0.0.1", server.getPort());
    }

    /// What the superuser reads: the first column of each row.
    public List<String> asks(String sql) {
        return asks(Door.DATABASE, sql);
    }

    /// What the superuser reads in a database: the first column of each row.
    public List<String> asks(String database, String sql) {
        try (var connection = superuser(database);
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

    /// What the superuser does.
    public void does(String... statements) {
        for (var sql : statements) {
            doesIn(Door.DATABASE, sql);
        }
    }

    /// What the superuser does in a database.
    public void doesIn(String database, String sql) {
        Secrets.all().knowThoseOfSql(sql);
        try (var connection = superuser(database);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /// The stored form of a password, as in `pg_authid`.
    public String verifierOf(String user) {
        var verifier = asks("select rolpassword from pg_authid where rolname = '" + user + "'")
                .getFirst();
        Secrets.all().know(verifier);
        return verifier;
    }

    /// A driver's connection of the superuser.
    public Connection superuser(String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/" + database, "postgres", "");
    }

    private static EmbeddedPg start() {
        try {
            Path data = Files.createTempDirectory("doorman-pg-");
            var pg = new EmbeddedPg(EmbeddedPostgres.builder()
                    .setDataDirectory(data)
                    .setCleanDataDirectory(true)
                    .setServerConfig("max_connections", "400")
                    .setServerConfig("shared_buffers", "64MB")
                    .setServerConfig("fsync", "off")
                    .setServerConfig("wal_level", "logical")
                    .setServerConfig("max_prepared_transactions", "10")
                    .start());
            pg.prepare(data);
            return pg;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void prepare(Path data) throws IOException {
        try (var connection = superuser("postgres");
                var statement = connection.createStatement()) {
            for (var role : Door.Role.values()) {
                String encryption = role == Door.Role.OLD ? "md5" : "scram-sha-256";
                statement.execute("set scram_iterations = " + (role == Door.Role.PLAYER ? 256 : 4096));
                statement.execute("set password_encryption = '" + encryption + "'");
                statement.execute("create role " + role.user() + " login password '" + role.password() + "'");
            }
            statement.execute("create database " + Door.DATABASE + " owner app");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        does("grant all on schema public to public");
        Files.writeString(data.resolve("pg_hba.conf"), HBA);
        does("select pg_reload_conf()");
    }
}
