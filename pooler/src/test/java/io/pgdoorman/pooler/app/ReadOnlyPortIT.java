package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.reload.ReloadOutcome;
import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A second port, where names of databases mean other servers; here they are told apart by a setting of theirs.
class ReadOnlyPortIT {
    private static final String READS_ONLY = "show default_transaction_read_only";

    @TempDir
    private Path folder;

    private record House(Pooler pooler, int readOnlyPort) implements AutoCloseable {
        Door usual() {
            return new Door("pooler", "127.0.0.1", pooler.port());
        }

        Door readOnly() {
            return new Door("pooler, read-only", "127.0.0.1", readOnlyPort);
        }

        @Override
        public void close() {
            pooler.close();
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Path write(int readOnlyPort, String hba, String link) throws IOException {
        var pg = EmbeddedPg.shared();
        return Files.writeString(folder.resolve("pooler.yaml"), """
            general:
              host: 127.0.0.1
              port: 0
              read_only_port: %1$d
              admin_password: secret
              reload_kick_clients: true
              pg_hba: {content: "%2$s"}
            pools:
              %3$s:
                server_host: 127.0.0.1
                server_port: %4$d
                %6$s
                users: [{username: app, password: "%5$s", pool_size: 2}]
              replicas:
                server_host: 127.0.0.1
                server_port: %4$d
                server_database: %3$s
                startup_parameters: {default_transaction_read_only: "on"}
                users: [{username: app, password: "%5$s", pool_size: 2}]
            """.formatted(
                        readOnlyPort, hba, Door.DATABASE, pg.door().port(), pg.verifierOf("app"), link));
    }

    private House starts(String link) throws IOException {
        int port = freePort();
        var file = write(port, "host " + Door.DATABASE + " all samehost scram-sha-256", link);
        return new House(Pooler.start(file), port);
    }

    private static List<Reply> knocks(Door door, String database) {
        try (var client = door.connect()) {
            return client.logsIn("app", Door.Role.APP.password(), database, Map.of());
        }
    }

    @Test
    void theSameNameMeansTheReadOnlyPoolThere() throws IOException {
        // given
        try (var house = starts("read_only_pool: replicas");
                var usual = house.usual().login();
                var reader = house.readOnly().login()) {
            // when
            var answers = List.of(usual.asksOne(READS_ONLY), reader.asksOne(READS_ONLY));

            // then
            assertThat(answers).containsExactly("off", "on");
        }
    }

    @Test
    void rulesAreAskedByTheNameThatTheClientSays() throws IOException {
        // given
        try (var house = starts("read_only_pool: replicas");
                var reader = house.readOnly().login()) {
            write(house.readOnlyPort(), "host " + Door.DATABASE + " all all scram-sha-256", "read_only_pool: replicas");

            // when
            var direct = knocks(house.usual(), "replicas");
            var outcome = house.pooler().reload(null, null);

            // then
            assertThat(direct.getLast().sqlState()).isEqualTo("28000");
            assertThat(outcome).isInstanceOf(ReloadOutcome.Applied.class);
            assertThat(reader.asksOne(READS_ONLY)).isEqualTo("on");
        }
    }

    @Test
    void withoutReplicasWhoMayComeInIsToldSo() throws IOException {
        // given
        try (var house = starts("")) {
            // when
            var refusal = knocks(house.readOnly(), Door.DATABASE).getLast();

            // then
            assertThat(refusal.sqlState()).isEqualTo("3D000");
            assertThat(refusal.toString()).contains("no servers that are only read");
        }
    }

    @Test
    void aReloadGivesADatabaseReplicas() throws IOException {
        // given
        try (var house = starts("")) {
            write(
                    house.readOnlyPort(),
                    "host " + Door.DATABASE + " all samehost scram-sha-256",
                    "read_only_pool: replicas");

            // when
            house.pooler().reload(null, null);

            // then
            try (WireClient reader = house.readOnly().login()) {
                assertThat(reader.asksOne(READS_ONLY)).isEqualTo("on");
            }
        }
    }
}
