package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;

/// A pooler process with little memory passes much more data than it could hold.
///
/// `-Dcopy.megabytes=2048` makes it the 2 GB of the promise; the usual run is shorter.
class FlatMemoryIT {
    private static final long MEGABYTES = Long.getLong("copy.megabytes", 300);
    private static final long MAX_RESIDENT_KIB = 250 * 1024;
    private static final Pattern READY = Pattern.compile("pooler is ready.*127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s*(\\d+) kB");

    @TempDir
    private Path folder;

    @Test
    void copyToASlowReaderLeavesMemoryFlat() throws Exception {
        // given
        var log = folder.resolve("log");
        var process = start(log);
        try {
            var reader = new SlowReader();
            var url = "jdbc:postgresql://127.0.0.1:" + portIn(log) + "/" + Door.DATABASE;

            // when
            try (var connection = DriverManager.getConnection(url, Door.Role.APP.user(), Door.Role.APP.password())) {
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyOut(
                                "copy (select repeat('x', 1023) from generate_series(1, " + MEGABYTES * 1024
                                        + ")) to stdout",
                                reader);
            }

            // then
            assertThat(reader.bytes).isEqualTo(MEGABYTES << 20);
            assertThat(process.isAlive()).isTrue();
            assertThat(peakOf(process)).as("peak resident KiB").isLessThan(MAX_RESIDENT_KIB);
        } finally {
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    private Process start(Path log) throws IOException {
        var config = Files.writeString(folder.resolve("pooler.yaml"), """
            general: {host: 127.0.0.1, port: 0, worker_threads: 2, admin_username: admin, admin_password: secret}
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                users:
                  - {username: app, password: "%s", pool_size: 2}
            """.formatted(
                        Door.DATABASE,
                        EmbeddedPg.shared().door().port(),
                        EmbeddedPg.shared().verifierOf("app")));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx48m",
                        "-XX:MaxDirectMemorySize=64m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.pgdoorman.pooler.app.PoolerMain",
                        config.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private static String portIn(Path log) throws IOException {
        Eventually.isTrue("the pooler is ready", () -> READY.matcher(read(log)).find());
        var ready = READY.matcher(Files.readString(log));
        assertThat(ready.find()).isTrue();
        return ready.group(1);
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException unreadable) {
            return "";
        }
    }

    private static long peakOf(Process process) throws IOException {
        var peak = PEAK.matcher(Files.readString(Path.of("/proc", "" + process.pid(), "status")));
        assertThat(peak.find()).isTrue();
        return Long.parseLong(peak.group(1));
    }

    /// Takes its time for the first rows, so that all buffers on the way fill up.
    private static final class SlowReader extends OutputStream {
        private int rows;
        private long bytes;

        @Override
        public void write(int single) {
            bytes++;
        }

        @Override
        public void write(byte[] all, int from, int length) {
            bytes += length;
            if (rows++ < 200) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
    }
}
