package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// A PostgreSQL of a test's own, which may be stopped, started anew, and made the standby of another. Everybody is
/// trusted; the roles and the database of [Door] are there, and its Unix socket lies in its folder.
public final class PgNode implements AutoCloseable {
    private final Path folder;
    private final Path data;
    private final int port;

    private PgNode(Path folder) {
        this.folder = folder;
        this.data = folder.resolve("data");
        this.port = freePort();
    }

    /// A running primary.
    public static PgNode primary() {
        var node = new PgNode(folder());
        run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF-8", "--no-sync", "-D", node.data.toString());
        node.configure("listen_addresses = '127.0.0.1'", "fsync = off", "shared_buffers = '16MB'");
        node.start();
        for (var role : Door.Role.values()) {
            node.does("postgres", "create role " + role.user() + " login");
        }
        node.does("postgres", "create database " + Door.DATABASE + " owner app");
        return node;
    }

    /// A running standby of this one.
    public PgNode standby() {
        var node = new PgNode(folder());
        // A copy of a primary that rests is a base backup; the programs for one are not among the embedded ones.
        stop("fast");
        copy(data, node.data);
        start();
        node.follow(this);
        return node;
    }

    /// Starts it as a standby of that one.
    public void follow(PgNode other) {
        write(data.resolve("standby.signal"), "");
        configure("primary_conninfo = 'host=127.0.0.1 port=" + other.port + " user=postgres'");
        start();
    }

    public void start() {
        configure("port = " + port, "unix_socket_directories = '" + folder + "'");
        run("pg_ctl", "-D", data.toString(), "-w", "-l", folder.resolve("log").toString(), "start");
    }

    /// @param mode `smart`, `fast` or `immediate`
    public void stop(String mode) {
        run("pg_ctl", "-D", data.toString(), "-w", "-m", mode, "stop");
    }

    public void promote() {
        run("pg_ctl", "-D", data.toString(), "-w", "promote");
    }

    /// Appends lines to its configuration; a reload or start reads them.
    public void sets(String... lines) {
        configure(lines);
    }

    /// Replaces its rules, but for the superuser's; a reload or start reads them.
    public void rules(String... lines) {
        write(
                data.resolve("pg_hba.conf"),
                "local all all trust\nhost all postgres 127.0.0.1/32 trust\n" + String.join("\n", lines) + "\n");
    }

    /// Shows this certificate from the next reload or start on, and believes those of the authority.
    public void shows(Papers certificate, Papers authority) {
        certificate.write(data, "server");
        write(data.resolve("authority.crt"), Papers.pem(authority.certificate()));
        configure(
                "ssl = on",
                "ssl_cert_file = 'server.crt'",
                "ssl_key_file = 'server.key'",
                "ssl_ca_file = 'authority.crt'");
    }

    /// Reads configuration, rules and certificates anew; they hold for all connections that come after.
    public void reload() {
        var before = asks("select pg_conf_load_time()::text").getFirst();
        does("postgres", "select pg_reload_conf()");
        Eventually.isTrue(
                "PostgreSQL has read its files",
                () -> !asks("select pg_conf_load_time()::text").getFirst().equals(before));
    }

    /// What the superuser does.
    public void does(String sql) {
        does("postgres", sql);
    }

    public int port() {
        return port;
    }

    /// `host:port`, as a pool's list of hosts names it.
    public String address() {
        return "127.0.0.1:" + port;
    }

    /// The folder of its Unix socket.
    public Path folderOfSocket() {
        return folder;
    }

    /// What the superuser reads: the first column of each row.
    public List<String> asks(String sql) {
        try (var connection = DriverManager.getConnection(url("postgres"), "postgres", "");
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

    /// What the superuser does in a database.
    public void does(String database, String sql) {
        try (var connection = DriverManager.getConnection(url(database), "postgres", "");
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    private void configure(String... lines) {
        var file = data.resolve("postgresql.conf");
        try {
            Files.writeString(file, String.join("\n", lines) + "\n", StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (Files.exists(data.resolve("postmaster.pid"))) {
            stop("immediate");
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(Path from, Path to) {
        execute(List.of("cp", "-a", from.toString(), to.toString()));
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        try {
            return Files.createTempDirectory("doorman-node-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            // PostgreSQL refuses to run as root; this is how the embedded one gets around it.
            command.addAll(List.of("unshare", "-U"));
        }
        var programs = EmbeddedPg.shared()
                .asks("select setting from pg_config where name = 'BINDIR'")
                .getFirst();
        command.add(programs + "/" + program);
        command.addAll(List.of(arguments));
        execute(command);
    }

    private static void execute(List<String> command) {
        try {
            var output = Files.createTempFile("doorman-run-", ".log");
            int code = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start()
                    .waitFor();
            var said = Files.readString(output);
            Files.delete(output);
            if (code != 0) {
                throw new IllegalStateException(command + " ended with " + code + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
