package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Crowd;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.FaultProxy;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PgNode;
import io.pgdoorman.pooler.script.PoolerProcess;
import io.pgdoorman.pooler.script.WireClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What clients see when something goes down, and how fast all is well again. CRASH.md has the figures.
class CrashIT {
    private static final Logger LOG = LoggerFactory.getLogger(CrashIT.class);
    private static final int CLIENTS = 16;

    /// What a client sees of a connection that is gone, or cannot be had.
    private static final Set<String> LOST = Set.of("08001", "08004", "08006", "57P01", "57P03");

    @TempDir
    private Path folder;

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static WireClient login(Door door) {
        var client = door.connect();
        client.sends(Message.startup(Map.of("user", "app", "database", Door.DATABASE)))
                .receivesReady();
        return client;
    }

    private static List<String> serversOf(String application) {
        return EmbeddedPg.shared()
                .asks("select pid from pg_stat_activity where application_name = '" + application + "'");
    }

    @Test
    void killedPoolerLeavesNoServersAndItsClientsComeBack() throws IOException {
        // given
        var wish = new PoolerProcess.Wish(folder).port(freePort()).poolSize(4);
        try (var pooler = wish.start();
                var crowd = Crowd.at(pooler.door(), CLIENTS, "killed")) {
            crowd.untilAllWork();
            var before = serversOf("killed");

            // when
            long died = System.nanoTime();
            pooler.dies();
            Eventually.isTrue(
                    "PostgreSQL has none of its servers",
                    () -> serversOf("killed").isEmpty());
            var freed = Duration.ofNanos(System.nanoTime() - died);
            try (var next = wish.start()) {
                var started = Duration.ofNanos(System.nanoTime() - died);
                crowd.untilAllWork();
                var whole = Duration.ofNanos(System.nanoTime() - died);

                // then
                LOG.atInfo()
                        .setMessage(
                                ("killed: servers gone after %d ms, next process ready after %d ms, all clients work"
                                                + " after %d ms; %s")
                                        .formatted(
                                                freed.toMillis(), started.toMillis(), whole.toMillis(), crowd.errors()))
                        .log();
                assertThat(before).isNotEmpty();
                assertThat(next.isAlive()).isTrue();
                assertThat(crowd.wrong()).isZero();
                assertThat(LOST).containsAll(crowd.errors().keySet());
            }
        }
    }

    @Test
    void fullDiskForTheLogIsNotNoticedByClients() throws IOException {
        // given
        var wish = new PoolerProcess.Wish(folder)
                .port(freePort())
                .logsTo(Path.of("/dev/full"))
                .logsClients();
        try (var pooler = wish.start();
                var crowd = Crowd.at(pooler.door(), 4, "full")) {
            // when
            crowd.untilAllWork();
            crowd.errors().clear(); // it was starting
            for (int i = 0; i < 50; i++) {
                login(pooler.door()).close();
            }
            crowd.untilAllWork();

            // then
            assertThat(crowd.errors()).isEmpty();
            assertThat(crowd.wrong()).isZero();
            assertThat(pooler.isAlive()).isTrue();
        }
    }

    @Test
    void frozenProcessGoesOnWhereItWas() {
        // given
        try (var pooler = new PoolerProcess.Wish(folder)
                        .general("query_wait_timeout: 2s")
                        .start();
                var crowd = Crowd.at(pooler.door(), CLIENTS, "frozen")) {
            crowd.untilAllWork();

            crowd.errors().clear(); // it was starting

            // when
            PoolerProcess.signal(pooler.pid(), "STOP");
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
            Eventually.isTrue("four seconds have passed", () -> System.nanoTime() - until > 0);
            long thawed = System.nanoTime();
            PoolerProcess.signal(pooler.pid(), "CONT");
            crowd.untilAllWork();

            // then
            LOG.atInfo()
                    .setMessage("frozen for 4 s: all clients work %d ms after; %s"
                            .formatted(
                                    Duration.ofNanos(System.nanoTime() - thawed).toMillis(), crowd.errors()))
                    .log();
            assertThat(crowd.wrong()).isZero();
            assertThat(Set.of("53300")).containsAll(crowd.errors().keySet());
        }
    }

    @Test
    void restartOfPostgresIsMetByFewConnects() {
        // given
        try (var postgres = PgNode.primary();
                var proxy =
                        FaultProxy.before(new InetSocketAddress(InetAddress.getLoopbackAddress(), postgres.port()));
                var pooler = new PoolerProcess.Wish(folder)
                        .server(proxy.port())
                        .poolSize(12)
                        .start();
                var crowd = Crowd.at(pooler.door(), 2 * CLIENTS, "restarted")) {
            crowd.untilAllWork();

            // when
            for (int storm = 0; storm < 3; storm++) {
                postgres.stop("immediate");
                int before = proxy.accepted();
                long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
                Eventually.isTrue("it was down for two seconds", () -> System.nanoTime() - until > 0);
                int knocks = proxy.accepted() - before;
                postgres.start();
                long up = System.nanoTime();
                int atStart = proxy.accepted();
                crowd.untilAllWork();
                LOG.atInfo()
                        .setMessage(("PostgreSQL down for 2 s: %d connects meanwhile, %d after; all clients work %d ms"
                                        + " after; %s")
                                .formatted(
                                        knocks,
                                        proxy.accepted() - atStart,
                                        Duration.ofNanos(System.nanoTime() - up).toMillis(),
                                        crowd.errors()))
                        .log();

                // then
                assertThat(knocks).as("connects in two seconds").isLessThan(40);
            }
            assertThat(crowd.wrong()).isZero();
            assertThat(pooler.isAlive()).isTrue();
        }
    }
}
