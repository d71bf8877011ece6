package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.WireClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// SHUTDOWN in its three forms, up to the moment when the process is asked to end.
class EndingIT {
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    private Path folder;

    private Pooler pooler;
    private Door door;

    @BeforeEach
    void starts() throws Exception {
        var config = Files.writeString(folder.resolve("pooler.yaml"), """
            general:
              {host: 127.0.0.1, port: 0, worker_threads: 2, admin_username: admin, admin_password: secret}
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
        pooler = Pooler.start(config);
        door = new Door("pooler", "127.0.0.1", pooler.port());
    }

    @AfterEach
    void stops() {
        pooler.close();
    }

    private WireClient console() {
        return door.connect().loggedIn("admin", "secret", "pgdoorman", Map.of());
    }

    private CompletableFuture<Void> end() {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        pooler.awaitEnd();
                    } catch (InterruptedException interrupted) {
                        Thread.currentThread().interrupt();
                    }
                },
                Thread::startVirtualThread);
    }

    @Test
    void shutdownAsksForTheEndAtOnce() throws Exception {
        try (var console = console()) {
            // given
            var end = end();

            // when
            console.asks("shutdown");

            // then
            end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void waitForClientsServesThemUntilTheyLeave() throws Exception {
        try (var console = console();
                var newcomer = door.connect()) {
            var client = door.login();
            var end = end();

            // when
            console.asks("shutdown wait_for_clients");

            // then
            var refusal = newcomer.logsIn("app", Door.Role.APP.password(), Door.DATABASE, Map.of());
            assertThat(refusal.getLast().sqlState()).isEqualTo("57P01");
            assertThat(client.asksOne("select 42")).isEqualTo("42");
            assertThat(end).isNotDone();
            try (var second = console()) {
                assertThat(second.asks("show state").toString()).contains("draining");
            }
            client.close();
            end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void waitForServersEndsWhenTheLastTransactionDoes() throws Exception {
        try (var console = console();
                var idle = door.login();
                var worker = door.login()) {
            worker.asks("begin; select 1");
            var end = end();

            // when
            console.asks("shutdown wait_for_servers");

            // then
            assertThat(idle.receivesToEnd().getLast().sqlState()).isEqualTo("57P01");
            assertThat(end).isNotDone();
            worker.asks("commit");
            end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
