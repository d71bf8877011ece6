package io.pgdoorman.pooler.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// PostgreSQL's own pgbench by each protocol, while one process after the other takes over: it would end with
/// an error at the first broken connection, as it never connects again.
///
/// By hand: `-Dupgrades=20 -Dupgrade.clients=100 -Dupgrade.rate=300`; `target/upgrades.txt` has the figures.
class UpgradeLoadIT {
    private static final int UPGRADES = Integer.getInteger("upgrades", 2);
    private static final int CLIENTS = Integer.getInteger("upgrade.clients", 10);
    private static final int PER_SECOND = Integer.getInteger("upgrade.rate", 50);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final long MICROS = 1_000_000;

    @TempDir
    private Path folder;

    /// From the signal until the process before has ended, in microseconds since 1970.
    private record Window(long from, long until) {}

    /// A transaction of pgbench, and when it was done.
    private record Done(long latencyMicros, long atMicros) {
        /// `client transaction latency script seconds microseconds …`
        static Done of(String line) {
            var words = line.split(" ");
            return new Done(Long.parseLong(words[2]), Long.parseLong(words[4]) * MICROS + Long.parseLong(words[5]));
        }
    }

    /// One pgbench that runs.
    private record Bench(String protocol, Process process, Path report) {}

    @Test
    void pgbenchOfEachProtocolNoticesNothing() throws Exception {
        var wish = new PoolerProcess.Wish(folder)
                .poolSize(10)
                .general("shutdown_timeout: 300s", "query_wait_timeout: 300s", "client_login_timeout: 300s")
                .flags("-XX:TieredStopAtLevel=1");
        try (var pooler = wish.start()) {
            // given
            var script = Files.writeString(folder.resolve("script.sql"), "select 1;\n");
            var benches = new ArrayList<Bench>();
            for (var protocol : List.of("simple", "extended", "prepared")) {
                benches.add(bench(protocol, pooler.door(), script));
            }
            Eventually.isTrue("all have begun", PATIENCE, () -> lines().count() > CLIENTS);

            // when
            var windows = new ArrayList<Window>();
            for (int i = 0; i < UPGRADES; i++) {
                long begun = lines().count();
                long from = now();
                pooler.upgrade();
                windows.add(new Window(from, now()));
                Eventually.isTrue("they go on", PATIENCE, () -> lines().count() > begun + CLIENTS);
            }

            // then
            for (var bench : benches) {
                PoolerProcess.signal(bench.process().pid(), "ALRM"); // as if its time were over
                assertThat(bench.process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
                assertThat(Files.readString(bench.report()))
                        .as(bench.protocol())
                        .contains("number of failed transactions: 0 (0.000%)")
                        .doesNotContain("error");
                assertThat(bench.process().exitValue()).isZero();
            }
            assertThat(pooler.log()).doesNotContain("ERROR");
            tell(windows);
        }
    }

    private Bench bench(String protocol, Door door, Path script) throws IOException {
        var report = folder.resolve(protocol + ".report");
        var process = new ProcessBuilder(
                        "pgbench",
                        "-n",
                        "-f",
                        script.toString(),
                        "-M",
                        protocol,
                        "-c",
                        "" + CLIENTS,
                        "-j",
                        "1",
                        "-T",
                        "3600",
                        "-R",
                        "" + PER_SECOND,
                        "-l",
                        "--log-prefix",
                        folder.resolve("done." + protocol).toString(),
                        "-h",
                        door.host(),
                        "-p",
                        "" + door.port(),
                        "-U",
                        "app",
                        Door.DATABASE)
                .redirectErrorStream(true)
                .redirectOutput(report.toFile())
                .start();
        return new Bench(protocol, process, report);
    }

    private static long now() {
        return System.currentTimeMillis() * 1000;
    }

    private Stream<String> lines() throws IOException {
        var all = new ArrayList<String>();
        try (var files = Files.newDirectoryStream(folder, "done.*")) {
            for (var file : files) {
                all.addAll(Files.readAllLines(file));
            }
        }
        return all.stream().filter(line -> line.split(" ").length >= 6);
    }

    private void tell(List<Window> windows) throws IOException {
        var all = lines().map(Done::of).toList();
        var figures = "%d upgrades in %s s, 3 x %d clients: otherwise %s; meanwhile %s%n"
                .formatted(
                        UPGRADES,
                        windows.stream()
                                .map(window -> (window.until() - window.from()) / MICROS)
                                .toList(),
                        CLIENTS,
                        percentiles(all.stream()
                                .filter(done -> !isIn(windows, done))
                                .toList()),
                        percentiles(
                                all.stream().filter(done -> isIn(windows, done)).toList()));
        Files.writeString(Path.of(System.getProperty("basedir", "."), "target", "upgrades.txt"), figures);
    }

    private static boolean isIn(List<Window> windows, Done done) {
        return windows.stream()
                .anyMatch(window -> window.from() <= done.atMicros() && done.atMicros() <= window.until());
    }

    private static String percentiles(List<Done> done) {
        var sorted = done.stream().mapToLong(Done::latencyMicros).sorted().toArray();
        return sorted.length == 0
                ? "none"
                : "p50 %d p99 %d max %d µs of %d"
                        .formatted(
                                sorted[sorted.length / 2],
                                sorted[sorted.length * 99 / 100],
                                sorted[sorted.length - 1],
                                sorted.length);
    }
}
