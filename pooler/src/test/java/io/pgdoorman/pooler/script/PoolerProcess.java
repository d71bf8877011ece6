package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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

    private PoolerProcess(Process process, Wish wish) {
        this.process = process;
        this.folder = wish.folder;
        var unreadable = wish.unreadableLog;
        this.log = unreadable == null ? folder.resolve("log") : unreadable;
        if (unreadable != null) {
            this.port = wish.port;
            return;
        }
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
        return new Wish(folder)
                .descriptors(descriptors)
                .general(general.toArray(String[]::new))
                .flags(flags)
                .start();
    }

    /// What a test wants to be different.
    public static final class Wish {
        private final Path folder;
        private final List<String> general = new ArrayList<>();
        private final List<String> flags = new ArrayList<>();
        private final List<String> users = new ArrayList<>();
        private final Map<String, String> environment = new HashMap<>();
        private int descriptors = 4096;
        private int size = 2;
        private int workers = 2;
        private boolean logsClients;
        private int serverPort = EmbeddedPg.shared().door().port();
        private @Nullable Path unreadableLog;
        private int port;

        public Wish(Path folder) {
            this.folder = folder;
        }

        /// `ulimit -n`
        public Wish descriptors(int most) {
            descriptors = most;
            return this;
        }

        /// Further lines of that section.
        public Wish general(String... lines) {
            general.addAll(List.of(lines));
            return this;
        }

        /// Another user of the database, as a flow mapping of YAML.
        public Wish user(String mapping) {
            users.add(mapping);
            return this;
        }

        /// Of the JVM.
        public Wish flags(String... more) {
            flags.addAll(List.of(more));
            return this;
        }

        /// Beside what the tests have.
        public Wish environment(String name, String value) {
            environment.put(name, value);
            return this;
        }

        /// It logs who comes and goes.
        public Wish logsClients() {
            logsClients = true;
            return this;
        }

        public Wish poolSize(int servers) {
            size = servers;
            return this;
        }

        /// Event loops.
        public Wish workers(int loops) {
            workers = loops;
            return this;
        }

        /// Another PostgreSQL than the shared one.
        public Wish server(int port) {
            serverPort = port;
            return this;
        }

        /// Where its clients knock; a free port unless one is given, as nobody may be able to read it in the log.
        public Wish port(int wanted) {
            port = wanted;
            return this;
        }

        /// A file that takes its log, and from which it cannot be read.
        public Wish logsTo(Path file) {
            unreadableLog = file;
            return this;
        }

        public PoolerProcess start() {
            return PoolerProcess.start(this);
        }
    }

    private static PoolerProcess start(Wish wish) {
        try {
            Secrets.all().knowThoseOfFile(yaml(wish));
            var config = Files.writeString(wish.folder.resolve("pooler.yaml"), yaml(wish));
            var log = wish.unreadableLog == null ? wish.folder.resolve("log") : wish.unreadableLog;
            List<String> command = new ArrayList<>(List.of(
                    "sh",
                    "-c",
                    "ulimit -n " + wish.descriptors + " && exec \"$@\"",
                    "sh",
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow"));
            command.addAll(wish.flags);
            command.addAll(List.of(
                    "-cp",
                    System.getProperty("java.class.path"),
                    "io.pgdoorman.pooler.app.PoolerMain",
                    config.toString(),
                    "--pid-file",
                    wish.folder.resolve("pid").toString()));
            var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().putAll(wish.environment);
            builder.environment().put("_JAVA_SR_SIGNUM", "62"); // as bin/pooler does
            var process = builder.start();
            try {
                return new PoolerProcess(process, wish);
            } catch (AssertionError late) {
                process.destroyForcibly();
                throw late;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String yaml(Wish wish) {
        return """
            general:
              host: 127.0.0.1
              port: %d
              worker_threads: %d
              admin_username: admin
              admin_password: secret
              log_client_connections: %b
              log_client_disconnections: %b
              pg_hba: {content: "host all %s all scram-sha-256\\nhost all all 127.0.0.1/32 trust"}
            %s
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                users:
                  - {username: app, password: "", pool_size: %d, server_username: app, server_password: %s}
            %s
            """.formatted(
                wish.port,
                wish.workers,
                wish.logsClients,
                wish.logsClients,
                STRANGER,
                String.join("\n", wish.general.stream().map(line -> "  " + line).toList()),
                Door.DATABASE,
                wish.serverPort,
                wish.size,
                Door.Role.APP.password(),
                String.join(
                        "\n", wish.users.stream().map(user -> "      - " + user).toList()));
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

    /// Ends it as a machine does that loses its power.
    public void dies() {
        process.destroyForcibly();
        Eventually.isTrue("it is dead", () -> !process.isAlive());
    }

    public boolean isAlive() {
        return isAlive(pid());
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
        if (Files.isRegularFile(log)) { // a device may have no end
            log().lines().forEach(SecretsFound::look);
        }
    }
}
