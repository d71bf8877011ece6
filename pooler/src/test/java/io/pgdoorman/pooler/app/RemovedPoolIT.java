package io.pgdoorman.pooler.app;

import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.HeardLog;
import io.pgdoorman.pooler.script.WireClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A user or database that a reload removes is drained as the whole process is.
class RemovedPoolIT {
    @TempDir
    private Path folder;

    private Path config;
    private Pooler pooler;
    private Door door;

    @BeforeEach
    void starts() throws IOException {
        config = folder.resolve("pooler.yaml");
        pooler = Pooler.start(write("60s", "app"));
        door = new Door("pooler", "127.0.0.1", pooler.port());
    }

    private Path write(String shutdownTimeout, String user) throws IOException {
        return Files.writeString(config, """
            general: {host: 127.0.0.1, port: 0, worker_threads: 2, admin_username: admin, admin_password: secret,
              shutdown_timeout: %s}
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                users: [{username: %s, password: "%s", pool_size: 1}]
            """.formatted(
                        shutdownTimeout,
                        Door.DATABASE,
                        EmbeddedPg.shared().door().port(),
                        user,
                        EmbeddedPg.shared().verifierOf("app")));
    }

    private void removeUser(String shutdownTimeout) throws IOException {
        write(shutdownTimeout, "owner");
        pooler.reload(null, null);
    }

    @AfterEach
    void stops() {
        pooler.close();
    }

    private static void assertDrained(WireClient client) {
        assertThat(client.receivesToEnd().getLast().sqlState()).isEqualTo("57P01");
    }

    @Test
    void whoHasBegunGetsAServerYet() throws IOException {
        // given
        try (var holder = door.login();
                var waiter = door.login();
                var beginner = door.login();
                var idle = door.login();
                var newcomer = door.connect()) {
            holder.asks("begin; select 1");
            waiter.asks("begin");
            waiter.sends(query("select 2"));
            beginner.asks("begin");

            // when
            removeUser("60s");

            // then
            assertDrained(idle);
            assertThat(newcomer.logsIn("app", Door.Role.APP.password(), Door.DATABASE, Map.of())
                            .getLast()
                            .sqlState())
                    .isEqualTo("28P01");
            assertThat(holder.asksOne("select 3")).isEqualTo("3");
            holder.sends(query("commit"));
            assertDrained(holder);
            assertThat(waiter.receivesReady().toString()).contains("2");
            waiter.sends(query("commit"));
            assertDrained(waiter);
            assertThat(beginner.asksOne("select 4")).isEqualTo("4");
            beginner.sends(query("commit"));
            assertDrained(beginner);
        }
    }

    @Test
    void whoIsLeftAfterShutdownTimeoutIsNamedAndEnded() throws IOException {
        // given
        try (var log = HeardLog.of("io.pgdoorman.pooler.reload.Retirements", Level.INFO);
                var holder = door.login();
                var waiter = door.login()) {
            holder.asks("begin; select 1");
            waiter.sends(query("select 2"));

            // when
            removeUser("1s");

            // then
            assertDrained(holder);
            assertDrained(waiter);
            Eventually.isTrue(
                    "it is told",
                    () -> log.lines().stream()
                                    .filter(line -> line.startsWith("a client is ended where it is"))
                                    .count()
                            == 2);
        }
    }

    private String newcomersEnd() {
        try (var newcomer = door.connect()) {
            return newcomer.logsIn("app", Door.Role.APP.password(), Door.DATABASE, Map.of()).stream()
                    .filter(reply -> reply.tag() == 'E')
                    .map(reply -> reply.sqlState())
                    .findFirst()
                    .orElse("");
        }
    }

    @Test
    void whoIsRevokedLeavesAtHisBoundaryThoughTheFileHasHim() throws IOException {
        // given
        try (var holder = door.login();
                var idle = door.login()) {
            holder.asks("begin; select 1");

            // when
            pooler.reloader().revoke(Set.of("app"));

            // then
            assertDrained(idle);
            assertThat(newcomersEnd()).isEqualTo("28P01");
            assertThat(holder.asksOne("select 3")).isEqualTo("3");
            holder.sends(query("commit"));
            assertDrained(holder);
            assertThat(pooler.reloader().revoked()).containsExactly("app");

            // when
            pooler.reload(null, null);

            // then
            assertThat(newcomersEnd()).as("the same file").isEqualTo("28P01");

            // when
            write("59s", "app");
            pooler.reload(null, null);

            // then
            assertThat(newcomersEnd()).as("another file").isEmpty();
            assertThat(pooler.reloader().revoked()).isEmpty();
        }
    }

    @Test
    void whoIsRevokedLeavesAPoolerThatLetsSessionsLastWhileItDrains() throws IOException {
        // given
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("shutdown_timeout: 60s", "shutdown_timeout: 60s, shutdown_boundary: session"));
        pooler.reload(null, null);
        try (var client = door.login()) {
            pooler.drain();
            assertThat(client.asksOne("select 1")).isEqualTo("1");

            // when
            pooler.reloader().revoke(Set.of("app"));

            // then
            assertDrained(client);
        }
    }
}
