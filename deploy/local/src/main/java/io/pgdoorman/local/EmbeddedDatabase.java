package io.pgdoorman.local;

import io.pgdoorman.operator.local.Accounts;
import io.pgdoorman.operator.local.Leash;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A PostgreSQL of the quickstart's own: loopback only, a free port, data in a folder that goes with it.
final class EmbeddedDatabase implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(60);

    private final Process process;
    private final int port;
    private final String password;

    private EmbeddedDatabase(Process process, int port, String password) {
        this.process = process;
        this.port = port;
        this.password = password;
    }

    /// Starts on data of its own below `folder` with the programs in `home`.
    static EmbeddedDatabase start(Path home, Path folder) throws IOException, InterruptedException {
        Distribution.unpack(home);
        Files.createDirectories(folder);
        var data = folder.resolve("data");
        var log = folder.resolve("log");
        var password = HexFormat.of().formatHex(new SecureRandom().generateSeed(16));
        initialise(home, folder, password);
        var port = freePort();
        var command = new ArrayList<>(unprivileged());
        command.add(home.resolve("bin/postgres").toString());
        command.addAll(List.of("-D", data.toString(), "-p", String.valueOf(port)));
        for (var setting : List.of(
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "fsync=off",
                "full_page_writes=off",
                "synchronous_commit=off",
                "max_connections=100",
                "shared_buffers=64MB")) {
            command.addAll(List.of("-c", setting));
        }
        var process = Leash.start(new Leash.Dog(command, "INT", folder, log, Map.of()));
        var database = new EmbeddedDatabase(process, port, password);
        try {
            database.awaitStart(log);
        } catch (IOException | InterruptedException e) {
            database.close();
            throw e;
        }
        return database;
    }

    String version() throws IOException {
        try (var connection = connect()) {
            return connection.getMetaData().getDatabaseProductVersion();
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    /// Makes the roles and databases that a pool expects, and gives roles their newest passwords.
    void provide(Accounts needed) throws SQLException {
        try (var connection = connect();
                var statement = connection.createStatement()) {
            for (var user : needed.users().entrySet()) {
                var role = statement.enquoteIdentifier(user.getKey(), true);
                var verb = exists(connection, "select 1 from pg_roles where rolname = ?", user.getKey());
                statement.execute((verb ? "alter" : "create") + " role " + role + " login password "
                        + statement.enquoteLiteral(user.getValue()));
            }
            for (var database : needed.databases()) {
                if (!exists(connection, "select 1 from pg_database where datname = ?", database)) {
                    statement.execute("create database " + statement.enquoteIdentifier(database, true));
                    open(database);
                }
            }
        }
    }

    /// Every user may make tables in a new database.
    private void open(String database) throws SQLException {
        try (var connection = connect(database);
                var statement = connection.createStatement()) {
            statement.execute("grant create on schema public to public");
        }
    }

    private static boolean exists(Connection connection, String sql, String name) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            statement.setString(1, name);
            try (var rows = statement.executeQuery()) {
                return rows.next();
            }
        }
    }

    int port() {
        return port;
    }

    Connection connect() throws SQLException {
        return connect("postgres");
    }

    private Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?connectTimeout=5&socketTimeout=10",
                "postgres",
                password);
    }

    /// Fast shutdown; what does not stop within ten seconds is killed.
    @Override
    public void close() {
        if (!process.isAlive()) {
            return;
        }
        try {
            signal("INT");
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
            }
        } catch (IOException _) {
            process.destroy();
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private void awaitStart(Path log) throws IOException, InterruptedException {
        var deadline = System.nanoTime() + START.toNanos();
        while (true) {
            try (var connection = connect()) {
                connection.isValid(1);
                return;
            } catch (SQLException e) {
                if (!process.isAlive()) {
                    throw new IOException("PostgreSQL did not start: " + cause(log), e);
                }
                if (System.nanoTime() > deadline) {
                    throw new IOException(
                            "PostgreSQL did not answer in " + START.toSeconds() + " s: " + e.getMessage(), e);
                }
                process.waitFor(100, TimeUnit.MILLISECONDS);
            }
        }
    }

    private static void initialise(Path home, Path folder, String password) throws IOException, InterruptedException {
        var log = folder.resolve("log");
        var passwordFile = folder.resolve("superuser");
        Files.createFile(
                passwordFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passwordFile, password + "\n");
        var command = new ArrayList<>(unprivileged());
        command.add(home.resolve("bin/initdb").toString());
        command.addAll(List.of("-D", folder.resolve("data").toString(), "-U", "postgres", "-E", "UTF8", "--locale=C"));
        command.addAll(List.of("-N", "--auth=scram-sha-256", "--pwfile=" + passwordFile));
        var process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException("initdb failed: " + cause(log));
        }
    }

    /// PostgreSQL refuses to run as root; in a user namespace of its own root is nobody.
    private static List<String> unprivileged() {
        return "root".equals(System.getProperty("user.name")) ? List.of("unshare", "-U") : List.of();
    }

    /// The first line that names a cause, else the last one.
    private static String cause(Path log) throws IOException {
        var lines = Files.exists(log)
                ? Files.readAllLines(log).stream().filter(l -> !l.isBlank()).toList()
                : List.<String>of();
        return lines.stream()
                .filter(l ->
                        l.contains("FATAL") || l.contains("PANIC") || l.contains("rror:") || l.contains("No space"))
                .findFirst()
                .orElse(lines.isEmpty() ? "no message in its log" : lines.getLast());
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
