package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Debian's PostgreSQL, which is built with LDAP, PAM and GSSAPI as the embedded one is not.
public final class DebianPg implements AutoCloseable {
    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

    private final Path programs;
    private final Path folder;
    private final Map<String, String> environment;
    private final int port = freePort();

    /// Where its programs are.
    public static Optional<Path> find() {
        if (!Files.isDirectory(VERSIONS)) {
            return Optional.empty();
        }
        try (var versions = Files.list(VERSIONS)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
                    .max(Path::compareTo);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @param rules of its pg_hba.conf besides the superuser's
    /// @param environment of its processes
    public DebianPg(Path programs, Path folder, String rules, Map<String, String> environment) {
        this.programs = programs;
        this.folder = folder;
        this.environment = environment;
        run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF-8", "--no-sync", "-D", data());
        write("pg_hba.conf", "host all postgres 127.0.0.1/32 trust\n" + rules);
        write("postgresql.auto.conf", """
            listen_addresses = '127.0.0.1'
            port = %d
            unix_socket_directories = ''
            fsync = off
            shared_buffers = '16MB'
            """.formatted(port));
        run("pg_ctl", "-D", data(), "-w", "-l", folder.resolve("pg.log").toString(), "start");
    }

    private String data() {
        return folder.resolve("pg").toString();
    }

    /// One of its files of configuration.
    public void write(String name, String text) {
        try {
            Files.writeString(Path.of(data()).resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    /// What the superuser does.
    public void does(String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(url("postgres"), "postgres", "");
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /// Whether it lets that user in.
    public boolean letsIn(String database, String user, String password) {
        try (var connection = DriverManager.getConnection(url(database), user, password)) {
            return connection.isValid(10);
        } catch (SQLException refused) {
            if ("28000".equals(refused.getSQLState()) || "28P01".equals(refused.getSQLState())) {
                return false;
            }
            throw new AssertionError(database + " " + user, refused);
        }
    }

    private String url(String database) {
        return new Door("postgres", "127.0.0.1", port).jdbcUrl().replace("/" + Door.DATABASE, "/" + database);
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run(String program, String... arguments) {
        var command = new ArrayList<String>();
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("unshare", "-U")); // it refuses to run as root
        }
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(arguments));
        try {
            var log = folder.resolve(program + ".log");
            var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().putAll(environment);
            var process = builder.start();
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(program + " failed: " + Files.readString(log));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        run("pg_ctl", "-D", data(), "-w", "-m", "immediate", "stop");
    }
}
