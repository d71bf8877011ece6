package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// A pooler in a process of its own, for what a process has: memory, descriptors.
public final class PoolerProcess implements AutoCloseable {
    /// A user whom nobody knows; all others are trusted.
    public static final String STRANGER = "stranger";

    private static final Pattern READY = Pattern.compile("pooler is ready.*127\\.0\\.0\\.1:(\\d+)");

    /// Machines that build are busy.
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Process process;
    private final Path folder;
    private final Path log;
    private final int port;

    private PoolerProcess(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
        this.log = folder.resolve("log");
        Eventually.isTrue("the pooler is ready", PATIENCE, () -> {
            if (!process.isAlive()) {
                throw new AssertionError("the pooler has ended: " + log());
            }
            return READY.matcher(log()).find();
        });
        var ready = READY.matcher(log());
        this.port = ready.find() ? Integer.parseInt(ready.group(1)) : 0;
    }

    /// @param folder for its file and log
    /// @param descriptors `ulimit -n`
    /// @param general further lines of that section
    public static PoolerProcess start(Path folder, int descriptors, List<String> general, String... flags) {
        try {
            var config = Files.writeString(folder.resolve("pooler.yaml"), yaml(general));
            var log = folder.resolve("log");
            List<String> command = new ArrayList<>(List.of(
                    "sh",
                    "-c",
                    "ulimit -n " + descriptors + " && exec \"$@\"",
                    "sh",
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow"));
            command.addAll(List.of(flags));
            command.addAll(List.of(
                    "-cp",
                    System.getProperty("java.class.path"),
                    "io.pgdoorman.pooler.app.PoolerMain",
                    config.toString(),
                    "--pid-file",
                    folder.resolve("pid").toString()));
            var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().put("_JAVA_SR_SIGNUM", "62"); // as bin/pooler does
            var process = builder.start();
            try {
                return new PoolerProcess(process, folder);
            } catch (AssertionError late) {
                process.destroyForcibly();
                throw late;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String yaml(List<String> general) {
        return """
            general:
              host: 127.0.0.1
              port: 0
              worker_threads: 2
              admin_username: admin
              admin_password: secret
              log_client_connections: false
              log_client_disconnections: false
              pg_hba: {content: "host all %s all scram-sha-256\\nhost all all 127.0.0.1/32 trust"}
            %s
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                users:
                  - {username: app, password: "", pool_size: 2, server_username: app, server_password: %s}
            """.formatted(
                STRANGER,
                String.join("\n", general.stream().map(line -> "  " + line).toList()),
                Door.DATABASE,
                EmbeddedPg.shared().door().port(),
                Door.Role.APP.password());
    }

    /// Of the process that serves; another one after an upgrade.
    public long pid() {
        try {
            var file = folder.resolve("pid");
            var text = Files.exists(file) ? Files.readString(file).strip() : "";
            return text.isEmpty() ? process.pid() : Long.parseLong(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Its configuration file.
    public Path config() {
        return folder.resolve("pooler.yaml");
    }

    /// Upgrades, until the process before has ended; its clients are all at the new one then.
    public void upgrade() {
        long before = pid();
        signal(before, "USR2");
        Eventually.isTrue("another process serves", PATIENCE, () -> pid() != before);
        Eventually.isTrue("the process before has ended", PATIENCE, () -> !isAlive(before));
    }

    public static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    public static void signal(long pid, String name) {
        try {
            var kill = new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start();
            if (kill.waitFor() != 0) {
                throw new AssertionError("no process " + pid);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// Where its clients knock.
    public Door door() {
        return new Door("pooler", "127.0.0.1", port);
    }

    /// All that it logged.
    public String log() {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A figure of `/proc/PID/status` in KiB.
    public long kibOf(String figure) {
        try {
            var status = Files.readString(
                    Path.of("/proc", String.valueOf(process.pid()), "status"), StandardCharsets.ISO_8859_1);
            var found = Pattern.compile(figure + ":\\s*(\\d+) kB").matcher(status);
            if (!found.find()) {
                throw new AssertionError(figure + " is not in " + status);
            }
            return Long.parseLong(found.group(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroy);
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
