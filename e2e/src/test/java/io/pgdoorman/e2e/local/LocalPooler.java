package io.pgdoorman.e2e.local;

import io.pgdoorman.e2e.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// The pooler of `pooler/target/dist` as a process on 127.0.0.1, on a port that the system chose.
///
/// `-Dpooler.program=FILE` starts another program in its place.
public final class LocalPooler implements AutoCloseable {

    public static final Path ROOT =
            Path.of(System.getProperty("root.dir", "..")).toAbsolutePath().normalize();

    /// What a configuration's `general` section has to contain; its port is in the log.
    public static final String GENERAL = "host: 127.0.0.1, port: 0, admin_username: admin, admin_password: secret";

    private static final Pattern WEB = Pattern.compile("control server listens.*127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern READY = Pattern.compile("pooler is ready.*127\\.0\\.0\\.1:(\\d+)");
    private static final Duration START = Duration.ofMinutes(2);

    private final Process process;
    private final Path log;
    private final int port;

    private LocalPooler(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /// @param folder where configuration and log are laid
    public static LocalPooler start(Path folder, String configuration) {
        var program = Path.of(System.getProperty(
                "pooler.program", ROOT.resolve("pooler/target/dist/bin/pooler").toString()));
        if (!Files.isExecutable(program)) {
            throw new IllegalStateException(program + " is missing: mvn package builds it");
        }
        try {
            Files.createDirectories(folder);
            var log = folder.resolve("pooler.log");
            var config = Files.writeString(folder.resolve("pooler.yaml"), configuration);
            var process = new ProcessBuilder(program.toString(), config.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            return new LocalPooler(process, log, awaitPort(process, log));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int awaitPort(Process process, Path log) {
        return Progress.await("the pooler is ready, see " + log, START, () -> {
            var ready = READY.matcher(read(log));
            if (ready.find()) {
                return Optional.of(Integer.parseInt(ready.group(1)));
            }
            if (!process.isAlive()) {
                throw new AssertionError("the pooler ended with " + process.exitValue() + ":\n" + read(log));
            }
            return Optional.empty();
        });
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /// The lines of its log at a level.
    public List<String> logged(String level) {
        return read(log)
                .lines()
                .filter(line -> line.contains("Z " + level + " "))
                .toList();
    }

    /// What a SHOW of the admin console answers: one map per row.
    public List<Map<String, String>> show(String what) {
        try (var connection = console();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("show " + what)) {
            List<Map<String, String>> all = new ArrayList<>();
            while (rows.next()) {
                Map<String, String> row = new LinkedHashMap<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    row.put(
                            rows.getMetaData().getColumnName(i),
                            Optional.ofNullable(rows.getString(i)).orElse(""));
                }
                all.add(row);
            }
            return all;
        } catch (SQLException e) {
            throw new IllegalStateException("show " + what, e);
        }
    }

    /// The values of a metric, one per combination of labels; the configuration must have a `web` section.
    public List<Double> metrics(String name) {
        var web = WEB.matcher(read(log));
        if (!web.find()) {
            throw new IllegalStateException("no control server, see " + log);
        }
        var uri = URI.create("http://127.0.0.1:" + web.group(1) + "/metrics");
        try (var http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                    .map(line -> Double.valueOf(line.substring(line.lastIndexOf(' ') + 1)))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private Connection console() throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", "admin");
        properties.setProperty("password", "secret");
        properties.setProperty("preferQueryMode", "simple");
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/pgdoorman", properties);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the pooler did not end within 20 s of SIGTERM, see " + log);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
