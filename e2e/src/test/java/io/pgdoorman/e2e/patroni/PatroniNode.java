package io.pgdoorman.e2e.patroni;

import io.pgdoorman.e2e.Command;
import io.pgdoorman.e2e.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node: Patroni with the PostgreSQL that it keeps.
final class PatroniNode implements AutoCloseable {
    private static final Path VERSIONS = Path.of("/usr/lib/postgresql");

    private final Path folder;
    private final Ports ports;
    private final String python;
    private @Nullable Process process;

    /// @param api of Patroni's REST API
    /// @param raft of the consensus among nodes
    record Ports(String name, int postgres, int api, int raft) {}

    /// @param venv with Patroni
    /// @param others addresses of the other voters
    PatroniNode(Path folder, Path venv, Ports ports, List<Integer> others) {
        this.folder = folder;
        this.ports = ports;
        this.python = venv.resolve("bin/python").toString();
        var voters = others.stream().map(port -> "\"127.0.0.1:" + port + "\"").toList();
        write("patroni.yml", """
            scope: shop
            name: %1$s
            restapi: {listen: "127.0.0.1:%2$d", connect_address: "127.0.0.1:%2$d"}
            raft: {self_addr: "127.0.0.1:%3$d", partner_addrs: %4$s, data_dir: "%5$s/raft"}
            bootstrap:
              dcs:
                {ttl: 20, loop_wait: 1, retry_timeout: 3, synchronous_mode: true, postgresql: {use_pg_rewind: true,
                 parameters: {fsync: "off", shared_buffers: 16MB, wal_log_hints: "on"}}}
              initdb: [{encoding: UTF8}, {auth-host: trust}, {auth-local: trust}, no-sync]
            postgresql:
              listen: 127.0.0.1:%6$d
              connect_address: 127.0.0.1:%6$d
              data_dir: %5$s/data
              bin_dir: %7$s
              pgpass: %5$s/pgpass
              authentication: {superuser: {username: postgres}, replication: {username: postgres},
                               rewind: {username: postgres}}
              pg_hba: ["local all all trust", "host all all 127.0.0.1/32 trust",
                       "host replication all 127.0.0.1/32 trust"]
              parameters: {unix_socket_directories: "%5$s"}
            """.formatted(
                        ports.name(), ports.api(), ports.raft(), voters, folder, ports.postgres(), programs()));
    }

    private static Path programs() {
        try (var versions = Files.list(VERSIONS)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("pg_basebackup")))
                    .max(Path::compareTo)
                    .orElseThrow(() -> new IllegalStateException("no PostgreSQL in " + VERSIONS));
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL with its programs is needed", e);
        }
    }

    private void write(String name, String text) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void start() {
        List<String> words = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            words.addAll(List.of("unshare", "-U")); // PostgreSQL refuses to run as root
        }
        words.addAll(
                List.of(python, "-m", "patroni", folder.resolve("patroni.yml").toString()));
        try {
            process = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            folder.resolve("log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// All of the node at once, without a word to the others.
    void dies() {
        var patroni = process;
        if (patroni != null) {
            patroni.destroyForcibly();
        }
        signalPostgres("-QUIT");
        Progress.until("PostgreSQL of " + ports.name() + " has ended", Duration.ofSeconds(30), () -> !isRunning());
    }

    private Path pidFile() {
        return folder.resolve("data/postmaster.pid");
    }

    private boolean isRunning() {
        return Files.exists(pidFile())
                && ProcessHandle.of(postmaster()).map(ProcessHandle::isAlive).orElse(false);
    }

    private long postmaster() {
        try {
            return Long.parseLong(Files.readAllLines(pidFile()).getFirst().strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void signalPostgres(String signal) {
        if (isRunning()) {
            Command.of("kill", signal, String.valueOf(postmaster())).run();
        }
    }

    int port() {
        return ports.postgres();
    }

    String url() {
        return "http://127.0.0.1:" + ports.api();
    }

    /// Whether its API says so of it: `primary`, `replica`, `synchronous`.
    boolean is(String what) {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create(url() + "/" + what)).build();
            return client.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Tells it, as the leader, to hand over.
    void handsOverTo(PatroniNode other) {
        var body = "{\"leader\": \"%s\", \"candidate\": \"%s\"}".formatted(ports.name(), other.ports.name());
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create(url() + "/switchover"))
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            var answer = client.send(request, BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new AssertionError("the switchover is refused: " + answer.body());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// What the superuser does.
    void does(String... statements) {
        try (var connection = DriverManager.getConnection(jdbc(), "postgres", "");
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(String.join("; ", statements), e);
        }
    }

    /// What the superuser reads: the first column of each row.
    List<Long> asks(String sql) {
        try (var connection = DriverManager.getConnection(jdbc(), "postgres", "");
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            List<Long> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getLong(1));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    private String jdbc() {
        return "jdbc:postgresql://127.0.0.1:" + ports.postgres() + "/postgres";
    }

    @Override
    public void close() {
        dies();
    }
}
