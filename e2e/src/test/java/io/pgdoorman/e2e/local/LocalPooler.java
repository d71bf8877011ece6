package io.pgdoorman.e2e.local;

import io.pgdoorman.e2e.Command;
import io.pgdoorman.e2e.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
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
    private static final Duration END = Duration.ofSeconds(40);
    private static final String PID = "pid";
    private static final Duration START = Duration.ofMinutes(2);

    private final Process process;
    private final Path config;
    private final Path log;
    private final int port;

    private LocalPooler(Process process, Path config, Path log, int port) {
        this.process = process;
        this.config = config;
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
            Files.deleteIfExists(folder.resolve(PID));
            var process = new ProcessBuilder(
                            program.toString(),
                            config.toString(),
                            "--pid-file",
                            folder.resolve(PID).toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            return new LocalPooler(process, config, log, awaitPort(process, log));
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

    /// Of the process that serves: another one after an upgrade.
    public long pid() {
        var file = config.resolveSibling(PID);
        var text = Files.exists(file) ? read(file).strip() : "";
        return text.isEmpty() ? process.pid() : Long.parseLong(text);
    }

    public boolean isAlive() {
        return isAlive(pid());
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    /// Upgrades in place, until the process before has ended.
    public void upgrade(Duration limit) {
        long before = pid();
        Command.of("kill", "-USR2", String.valueOf(before)).succeed();
        Progress.until("the process before has ended, see " + log, limit, () -> pid() != before && !isAlive(before));
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
        return ask(HttpRequest.newBuilder(web("/metrics")).build())
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .map(line -> Double.valueOf(line.substring(line.lastIndexOf(' ') + 1)))
                .toList();
    }

    private URI web(String path) {
        return WEB.matcher(read(log))
                .results()
                .reduce((_, last) -> last) // another one after an upgrade
                .map(web -> URI.create("http://127.0.0.1:" + web.group(1) + path))
                .orElseThrow(() -> new IllegalStateException("no control server, see " + log));
    }

    private static HttpResponse<String> ask(HttpRequest request) {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// Does a command of the admin console.
    public void order(String command) {
        try (var connection = console();
                var statement = connection.createStatement()) {
            statement.execute(command);
        } catch (SQLException e) {
            throw new IllegalStateException(command, e);
        }
    }

    /// Lays another configuration down and loads it.
    public void reload(String configuration) {
        try {
            Files.writeString(config, configuration);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        order("reload");
    }

    /// Posts an order to the control server; the configuration must have a `web` section.
    public void post(String path) {
        var login = Base64.getEncoder().encodeToString("admin:secret".getBytes(StandardCharsets.UTF_8));
        var request = HttpRequest.newBuilder(web(path))
                .header("Authorization", "Basic " + login)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        var answer = ask(request);
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError(path + " was answered with " + answer.statusCode() + " " + answer.body());
        }
    }

    /// Waits until it has ended, as it was asked to.
    public void awaitEnd(Duration limit) {
        Progress.until("the pooler has ended, see " + log, limit, () -> !isAlive());
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
        var serving = ProcessHandle.of(pid());
        serving.ifPresent(ProcessHandle::destroy);
        try {
            awaitEnd(END);
        } catch (AssertionError late) {
            serving.ifPresent(ProcessHandle::destroyForcibly);
            throw late;
        }
    }
}
