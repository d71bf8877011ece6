package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.http.ControlState;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.WireClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How clients are let go, as `shutdown_spread`, `shutdown_boundary` and `shutdown_on_timeout` say.
class DrainIT {
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    private Path folder;

    private record House(Pooler pooler, Door door) implements AutoCloseable {
        /// What `main` does from here on.
        CompletableFuture<Void> end() {
            return CompletableFuture.runAsync(
                    () -> {
                        try {
                            new SignalWatch(pooler, new Supervisor(Map.of(), pooler.heartbeats())).untilEnd();
                        } catch (InterruptedException interrupted) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    Thread::startVirtualThread);
        }

        @Override
        public void close() {
            pooler.close();
        }
    }

    private House starts(String... keys) throws Exception {
        var config = Files.writeString(folder.resolve("pooler.yaml"), """
            general: {host: 127.0.0.1, port: 0, worker_threads: 2, admin_password: secret, %s}
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                users:
                  - {username: app, password: "%s", pool_size: 2}
            """.formatted(
                        String.join(", ", keys),
                        Door.DATABASE,
                        EmbeddedPg.shared().door().port(),
                        EmbeddedPg.shared().verifierOf("app")));
        var pooler = Pooler.start(config);
        return new House(pooler, new Door("pooler", "127.0.0.1", pooler.port()));
    }

    @Test
    void clientsAreAskedInTurn() throws Exception {
        // given
        try (var house = starts("shutdown_spread: 10s")) {
            var pooler = house.pooler();
            var door = house.door();
            var clients = Stream.generate(door::login).limit(12).toList();
            var begun = Instant.now();

            // when
            pooler.drain();

            // then
            Eventually.isTrue("the first left", () -> pooler.clients().loggedInCount() < 12);
            assertThat(clients)
                    .allSatisfy(client -> assertThat(
                                    client.receivesToEnd().getLast().sqlState())
                            .isEqualTo("57P01"));
            assertThat(Duration.between(begun, Instant.now())).isGreaterThan(Duration.ofSeconds(1));
            clients.forEach(WireClient::close);
        }
    }

    @Test
    void turnsThatDidNotComeEndBeforeTheLoops() throws Exception {
        // given
        var uncaught = new CopyOnWriteArrayList<Throwable>();
        var before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, failure) -> uncaught.add(failure));
        var house = starts("shutdown_spread: 10s");
        var clients = Stream.generate(house.door()::login).limit(20).toList();
        house.pooler().drain();
        clients.getFirst().receivesToEnd();

        // when
        house.close();

        // then
        boolean ended = house.pooler().errands().awaitTermination(3, TimeUnit.SECONDS);
        Thread.setDefaultUncaughtExceptionHandler(before);
        clients.forEach(WireClient::close);
        assertThat(uncaught).isEmpty();
        assertThat(ended).isTrue();
    }

    @Test
    void whoWaitsForItsTurnIsServed() throws Exception {
        // given
        try (var house = starts("shutdown_spread: 10s")) {
            var pooler = house.pooler();
            var door = house.door();
            try (var worker = door.login()) {
                worker.asks("begin");
                worker.asks("select 1");
                var idle = Stream.generate(door::login).limit(5).toList();

                // when
                pooler.drain();

                // then
                assertThat(worker.asksOne("select 42")).isEqualTo("42");
                idle.forEach(client -> {
                    assertThat(client.receivesToEnd().getLast().sqlState()).isEqualTo("57P01");
                    client.close();
                });
                worker.asks("commit");
                assertThat(worker.receivesToEnd().getLast().sqlState()).isEqualTo("57P01");
            }
        }
    }

    @Test
    void sessionsStayWhereTheBoundaryIsTheirs() throws Exception {
        // given
        try (var house = starts("shutdown_boundary: session", "shutdown_timeout: 5m")) {
            var pooler = house.pooler();
            var door = house.door();
            var client = door.login();
            try (var newcomer = door.connect()) {
                var end = house.end();

                // when
                pooler.askToEnd();
                Eventually.isTrue("it drains", () -> pooler.phase() == ControlState.Phase.DRAINING);
                pooler.drain();

                // then
                var refusal = newcomer.logsIn("app", Door.Role.APP.password(), Door.DATABASE, Map.of());
                assertThat(refusal.getLast().sqlState()).isEqualTo("57P01");
                assertThat(client.asksOne("select 42")).isEqualTo("42");
                assertThat(end).isNotDone();
                client.close();
                end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"terminate", "wait"})
    void whatBecomesOfATransactionAfterTheTimeoutIsChosen(String onTimeout) throws Exception {
        // given
        try (var house = starts("shutdown_timeout: 200ms", "shutdown_on_timeout: " + onTimeout)) {
            var pooler = house.pooler();
            var door = house.door();
            try (var client = door.login()) {
                client.asks("begin");
                client.asks("select 1");
                var end = house.end();
                var begun = Instant.now();

                // when
                pooler.askToEnd();

                // then
                if (onTimeout.equals("wait")) {
                    Eventually.isTrue(
                            "the time is over",
                            () -> Duration.between(begun, Instant.now()).toMillis() > 500);
                    assertThat(end).isNotDone();
                    client.asks("commit");
                    assertThat(client.receivesToEnd().getLast().sqlState()).isEqualTo("57P01");
                }
                end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                assertThat(pooler.clients().loggedInCount()).isEqualTo(onTimeout.equals("wait") ? 0 : 1);
            }
        }
    }
}
