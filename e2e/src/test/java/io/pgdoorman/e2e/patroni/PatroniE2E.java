package io.pgdoorman.e2e.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.e2e.Command;
import io.pgdoorman.e2e.Progress;
import io.pgdoorman.e2e.local.LocalPooler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Two nodes of a real Patroni, synchronous, and a pooler beside the first, which leads.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PatroniE2E {
    private static final String DRIVERS =
            LocalPooler.ROOT.resolve("e2e/drivers/drivers").toString();
    private static final Duration BUILD = Duration.ofMinutes(10);
    private static final Duration CLUSTER = Duration.ofMinutes(2);

    /// What was under way breaks when its server dies, and nothing after.
    private static final Duration MOMENT = Duration.ofSeconds(3);

    private static final int WRITERS = 8;

    @TempDir
    static Path folder;

    private final List<AutoCloseable> open = new ArrayList<>();
    private PatroniNode first;
    private PatroniNode second;
    private LocalPooler pooler;

    @BeforeAll
    void starts() {
        var venv = Path.of(Command.of(DRIVERS, "build", "patroni")
                        .within(BUILD)
                        .succeed()
                        .strip())
                .resolve("venv");
        var ports = freePorts(7);
        int arbiter = ports.get(6);
        open.add(arbiter(venv, arbiter, List.of(ports.get(2), ports.get(5))));
        first = new PatroniNode(
                folder.resolve("pg1"),
                venv,
                new PatroniNode.Ports("pg1", ports.get(0), ports.get(1), ports.get(2)),
                List.of(ports.get(5), arbiter));
        second = new PatroniNode(
                folder.resolve("pg2"),
                venv,
                new PatroniNode.Ports("pg2", ports.get(3), ports.get(4), ports.get(5)),
                List.of(ports.get(2), arbiter));
        open.add(first);
        open.add(second);
        first.start();
        Progress.until("the first node leads", CLUSTER, () -> first.is("primary"));
        second.start();
        Progress.until("the second one follows", CLUSTER, () -> second.is("synchronous"));
        first.does("create role app login", "create table entry (id bigint primary key)", "grant all on entry to app");
        pooler = LocalPooler.start(
                folder.resolve("pooler"), """
                    general: {%s, query_wait_timeout: 60s, connect_timeout: 2s}
                    web: {enabled: true, host: 127.0.0.1, port: 0}
                    pools:
                      shop:
                        server_host: 127.0.0.1
                        server_port: %d
                        server_database: postgres
                        patroni_api_urls: ["%s", "%s"]
                        fallback_cooldown: 2s
                        users: [{username: app, password: app-secret, pool_size: 4}]
                    """.formatted(LocalPooler.GENERAL, first.port(), first.url(), second.url()));
        open.add(pooler);
    }

    @AfterAll
    void stops() throws Exception {
        for (var each : open.reversed()) {
            each.close();
        }
    }

    /// Two nodes cannot outvote each other; this one only votes.
    private static AutoCloseable arbiter(Path venv, int port, List<Integer> others) {
        try {
            var file = Files.writeString(folder.resolve("arbiter.yml"), """
                raft: {self_addr: "127.0.0.1:%d", partner_addrs: ["127.0.0.1:%d", "127.0.0.1:%d"], data_dir: "%s"}
                """.formatted(
                            port, others.get(0), others.get(1), folder.resolve("arbiter")));
            var process = new ProcessBuilder(
                            venv.resolve("bin/patroni_raft_controller").toString(), file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("arbiter.log").toFile())
                    .start();
            return process::destroyForcibly;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Integer> freePorts(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            var ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
            for (var socket : sockets) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isAway() {
        return pooler.metrics("pg_doorman_fallback_active").equals(List.of(1.0));
    }

    /// Waits until many rows are written at that node.
    private static void awaitRows(Writers writers, PatroniNode node, int count) {
        long since = System.nanoTime();
        Progress.until(
                "rows are written at port " + node.port(),
                CLUSTER,
                () -> writers.writtenSince(since, node.port()) > count);
    }

    private static List<Writers.Failure> failuresBetween(Writers writers, long from, long to) {
        return writers.failures().stream()
                .filter(failure -> failure.nanos() - from > 0 && to - failure.nanos() > 0)
                .toList();
    }

    @Test
    void transactionsGoOnAtTheNewLeaderAndComeHomeWithIt() {
        var writers = new Writers(WRITERS, pooler.port());
        try (writers) {
            // given
            awaitRows(writers, first, 100);
            assertThat(writers.failures()).isEmpty();
            assertThat(isAway()).isFalse();

            // when: the node is gone
            long lost = System.nanoTime();
            first.dies();
            awaitRows(writers, second, 200);
            long served = System.nanoTime();

            // then: what was under way broke, and nothing while the other one was promoted
            assertThat(failuresBetween(writers, lost + MOMENT.toNanos(), served))
                    .isEmpty();
            assertThat(writers.failures()).hasSizeLessThanOrEqualTo(WRITERS);
            assertThat(isAway()).isTrue();
            var gap = writers.written().stream()
                    .filter(row -> row.port() == second.port())
                    .mapToLong(row -> row.nanos() - lost)
                    .min()
                    .orElseThrow();
            Progress.say("the first row at the new leader came after "
                    + Duration.ofNanos(gap).toMillis() + " ms, "
                    + writers.failures().size() + " transactions broke");

            // when: it is back, as a standby
            first.start();
            Progress.until("the first node follows", CLUSTER, () -> first.is("synchronous"));
            awaitRows(writers, second, 300);

            // then: nobody is brought home to it
            assertThat(writers.writtenSince(served, first.port())).isZero();
            assertThat(failuresBetween(writers, served, System.nanoTime())).isEmpty();

            // when: it leads again
            long handedOver = System.nanoTime();
            int before = writers.failures().size();
            second.handsOverTo(first);
            awaitRows(writers, first, 200);
            Progress.until("the pooler is home", CLUSTER, () -> !isAway());
            awaitRows(writers, first, 100);

            // then
            long end = System.nanoTime();
            Progress.say(writers.failures().size() - before + " transactions broke when the leader handed over");
            assertThat(writers.failures().size() - before).isLessThanOrEqualTo(2 * WRITERS);
            assertThat(writers.writtenSince(end - MOMENT.toNanos() / 3, second.port()))
                    .isZero();
            assertThat(failuresBetween(writers, handedOver + 5 * MOMENT.toNanos(), end))
                    .isEmpty();
        }
        var rows = new HashSet<>(first.asks("select id from entry"));
        assertThat(writers.written())
                .as("rows that were acknowledged are there")
                .allSatisfy(row -> assertThat(rows).contains(row.id()));
    }
}
