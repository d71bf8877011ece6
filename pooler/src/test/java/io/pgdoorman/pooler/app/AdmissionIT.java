package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.http.ControlState.Phase;
import io.pgdoorman.pooler.http.Probe;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.wire.PgError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A pooler that may be in place of one that still drains connects to no server before it is let in.
class AdmissionIT {
    private static final Path MARK = Path.of(System.getProperty("java.io.tmpdir"), "pgdoorman-granted");

    @TempDir
    private Path folder;

    private Path config;

    @BeforeEach
    void writes() throws IOException {
        config = Files.writeString(folder.resolve("pooler.yaml"), """
            general: {host: 127.0.0.1, port: 0, worker_threads: 2, admin_username: admin, admin_password: secret}
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                max_db_connections: 4
                reserve_pool_timeout: 60s
                startup_parameters: {application_name: admission}
                users: [{username: app, password: "%s", pool_size: 3, min_pool_size: 2}]
            """.formatted(
                        Door.DATABASE,
                        EmbeddedPg.shared().door().port(),
                        EmbeddedPg.shared().verifierOf("app")));
        forgets();
    }

    @AfterEach
    void forgets() throws IOException {
        Files.deleteIfExists(MARK);
    }

    private void unattended(int seconds) throws IOException {
        Files.writeString(folder.resolve("meta.json"), "{\"generation\": 1, \"unattendedSeconds\": " + seconds + "}");
    }

    private static String login(Pooler pooler) {
        try (var client = new Door("pooler", "127.0.0.1", pooler.port()).connect()) {
            return client.logsIn("app", Door.Role.APP.password(), Door.DATABASE, Map.of()).stream()
                    .filter(reply -> reply.tag() == 'E')
                    .map(reply -> reply.sqlState())
                    .findFirst()
                    .orElse("");
        }
    }

    private static int servers() {
        try (var owner = EmbeddedPg.shared().door().login()) {
            owner.asks("select pg_sleep(0.5)"); // who connects has the time to
            return Integer.parseInt(
                    owner.asksOne("select count(*) from pg_stat_activity where application_name = 'admission'"));
        }
    }

    private static long toServers(Pooler pooler) {
        return new Controls(pooler).state().load().serverConnections();
    }

    private record Asking(CompletableFuture<Runnable> permitted) implements Pool.Outsider {
        @Override
        public void granted(Runnable release) {
            permitted.complete(release);
        }

        @Override
        public void denied(PgError why) {
            permitted.completeExceptionally(new AssertionError(why.message()));
        }
    }

    @Test
    void whoWaitsHasNoServerUntilItIsLetIn() throws Exception {
        // given
        unattended(600);
        try (var pooler = Pooler.start(config)) {
            // when
            var _ = pooler.reload(null, null);
            var permitted = new CompletableFuture<Runnable>();
            pooler.forPools(null, pool -> pool.permit(new Asking(permitted)));

            // then
            assertThat(login(pooler)).isEqualTo("57P03");
            assertThat(new Controls(pooler).objections(Probe.READY)).isNotEmpty();
            assertThat(new Controls(pooler).objections(Probe.STARTED)).isEmpty();
            assertThat(toServers(pooler)).isZero();
            assertThat(servers()).isZero();
            assertThat(permitted).as("a permit for a server").isNotDone();
            assertThat(new Controls(pooler).hold()).isTrue();
            assertThat(pooler.threshold().grant("another")).isFalse();
            assertThat(pooler.phase()).isEqualTo(Phase.WAITING);

            // when
            var isGranted = pooler.threshold().grant(pooler.reloader().live().hash());

            // then
            assertThat(isGranted).isTrue();
            permitted.get(10, TimeUnit.SECONDS).run();
            assertThat(pooler.phase()).isEqualTo(Phase.READY);
            assertThat(login(pooler)).isEmpty();
            assertThat(new Controls(pooler).hold()).isFalse();
            Eventually.isTrue("it has its least", () -> servers() >= 2);
            Eventually.isTrue("it notes that it was let in", () -> Files.isRegularFile(MARK));
        }

        // when
        try (var again = Pooler.start(config)) {
            // then
            assertThat(again.phase()).as("the same pod").isEqualTo(Phase.READY);
        }
    }

    @Test
    void letsItselfInWhereNobodyIsThere() throws Exception {
        // given
        unattended(1);
        try (var pooler = Pooler.start(config)) {
            assertThat(pooler.phase()).isEqualTo(Phase.WAITING);

            // then
            Eventually.isTrue("it serves", () -> login(pooler).isEmpty());
        }
    }

    @Test
    void whoIsHeldWaitsAsLongAgain() throws Exception {
        // given
        var admission = new Admission(Duration.ofMillis(300), folder.resolve("mark"), "pod");
        long begun = System.nanoTime();
        var holds = 0;
        var waiter = Thread.ofVirtual().start(() -> {
            try {
                admission.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });

        // when
        while (Duration.ofNanos(System.nanoTime() - begun).toMillis() < 900) {
            assertThat(admission.hold()).isTrue();
            holds++;
            waiter.join(Duration.ofMillis(50));
        }

        // then
        assertThat(holds).isPositive();
        assertThat(waiter.isAlive()).isTrue();
        waiter.join();
        assertThat(admission.hold()).isFalse();
    }
}
