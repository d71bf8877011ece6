package io.pgdoorman.pooler.app;

import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.FaultProxy;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.WireClient;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which kinds of clients follow an upgrade, and what becomes of the others.
class HandOverKindsIT {
    private static final String SESSIONS = "sessions";

    @TempDir
    private Path folder;

    private Generations generations;
    private Door door;

    @BeforeEach
    void starts() throws Exception {
        Papers.authority("CN=127.0.0.1").write(folder, "server");
        var config = Files.writeString(folder.resolve("pooler.yaml"), """
            general:
              host: 127.0.0.1
              port: 0
              worker_threads: 2
              admin_username: admin
              admin_password: secret
              shutdown_timeout: 60s
              unix_socket_dir: %1$s
              tls_certificate: %1$s/server.crt
              tls_private_key: %1$s/server.key
            pools:
              %2$s:
                server_host: 127.0.0.1
                server_port: %3$d
                users:
                  - {username: app, password: "%4$s", pool_size: 3, min_pool_size: 2, server_username: app, server_password: %5$s}
              %6$s:
                server_host: 127.0.0.1
                server_port: %3$d
                server_database: %2$s
                pool_mode: session
                users:
                  - {username: app, password: "%4$s", pool_size: 3, server_username: app, server_password: %5$s}
            """.formatted(
                        folder,
                        Door.DATABASE,
                        EmbeddedPg.shared().door().port(),
                        EmbeddedPg.shared().verifierOf("app"),
                        Door.Role.APP.password(),
                        SESSIONS));
        generations = new Generations(config);
        door = generations.door();
    }

    @AfterEach
    void stops() {
        generations.close();
    }

    private void awaitMove(int clients) {
        Eventually.isTrue(
                "all have moved", () -> generations.current().clients().loggedInCount() == clients);
    }

    private WireClient inSessions() {
        return door.connect().loggedIn("app", Door.Role.APP.password(), SESSIONS, Map.of());
    }

    @Test
    void clientsOfTheUnixSocketFollow() throws Exception {
        var socket = folder.resolve(".s.PGSQL." + generations.current().port());
        try (var bridge = FaultProxy.before(UnixDomainSocketAddress.of(socket));
                var client = new Door("bridge", "127.0.0.1", bridge.port()).login()) {
            // given
            client.asks("set timezone to 'Asia/Tokyo'");

            // when
            var before = generations.upgrade();
            awaitMove(1);

            // then
            before.awaitEnd();
            assertThat(client.asksOne("show timezone")).isEqualTo("Asia/Tokyo");
            try (var newcomer = new Door("bridge", "127.0.0.1", bridge.port()).login()) {
                assertThat(newcomer.asksOne("select 42")).isEqualTo("42");
            }
        }
    }

    @Test
    void longCancelKeysOfProtocol32HoldAfterwards() throws Exception {
        try (var client = door.connect().protocol(0x30002)) {
            // given
            client.loggedIn("app", Door.Role.APP.password(), Door.DATABASE, Map.of());
            assertThat(client.key()).hasSize(36);

            // when
            var before = generations.upgrade();
            before.awaitEnd();
            before.close();

            // then
            client.sends(query("select pg_sleep(300)"));
            Eventually.isTrue("the query ends", () -> {
                try (var canceller = door.connect()) {
                    canceller.sends(cancelRequest(client.key())).receivesToEnd();
                }
                return !client.hearsNothingFor(200);
            });
            assertThat(client.receivesReady().toString()).contains("57014");
        }
    }

    @Test
    void ofSessionModeThoseWithoutAServerFollowAndTheOthersEndTheirSessionWhereItIs() throws Exception {
        Pooler before;
        try (var fresh = inSessions();
                var holding = inSessions()) {
            // given
            holding.asks("create temp table here (n int)");

            // when
            before = generations.upgrade();
            awaitMove(1);

            // then
            assertThat(fresh.asksOne("select 42")).isEqualTo("42");
            assertThat(holding.asksOne("select count(*) from here")).isEqualTo("0");
            assertThat(before.clients().loggedInCount()).isEqualTo(1);
        }
        before.awaitEnd();
    }

    @Test
    void clientsUnderTlsAreServedByTheProcessBeforeAsLongAsItMayStay() throws Exception {
        Pooler before;
        try (var client = encrypted();
                var statement = client.createStatement()) {
            // given
            statement.execute("set timezone to 'Asia/Tokyo'");

            // when
            before = generations.upgrade();

            // then
            try (var rows = statement.executeQuery("show timezone")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).isEqualTo("Asia/Tokyo");
            }
            assertThat(before.clients().loggedInCount()).isEqualTo(1);
            try (var newcomer = encrypted()) {
                assertThat(newcomer.isValid(0)).isTrue();
                assertThat(generations.current().clients().loggedInCount()).isEqualTo(1);
            }
        }
        before.awaitEnd();
    }

    private Connection encrypted() throws SQLException {
        return DriverManager.getConnection(door.jdbcUrl() + "?sslmode=require", "app", Door.Role.APP.password());
    }

    @Test
    void theLeastSizeOfAPoolIsKeptByTheNewProcess() throws Exception {
        // given
        var before = generations.upgrade();
        before.awaitEnd();
        before.close();

        // then
        Eventually.isTrue(
                "the new process has connected ahead",
                () -> generations.current().clientPools().stream()
                        .filter(clients -> clients.database().equals(Door.DATABASE))
                        .allMatch(clients -> clients.pool().counts().servers() >= 2));
    }
}
