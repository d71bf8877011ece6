package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sslRequest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.FaultProxy;
import io.pgdoorman.pooler.script.PgNode;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Unix sockets before the pooler and behind it.
class UnixSocketIT {
    private Path folder;

    @BeforeEach
    void makes() throws IOException {
        folder = Files.createTempDirectory("doorman-unix-");
    }

    @AfterEach
    void removes() throws IOException {
        try (var files = Files.list(folder)) {
            assertThat(files).as("nothing stays behind").isEmpty();
        }
        Files.delete(folder);
    }

    private PoolerFixture.Wish wish() {
        return PoolerFixture.wish().general("unix_socket_dir", folder.toString());
    }

    private Path socketOf(PoolerFixture pooler) {
        return folder.resolve(".s.PGSQL." + pooler.door().port());
    }

    private FaultProxy bridge(PoolerFixture pooler) {
        return FaultProxy.before(UnixDomainSocketAddress.of(socketOf(pooler)));
    }

    private static Door door(FaultProxy bridge) {
        return new Door("bridge", "127.0.0.1", bridge.port());
    }

    @Test
    void clientsComeByTheUnixSocketToo() throws IOException {
        // given
        try (var pooler = wish().general("unix_socket_mode", "\"0660\"").start();
                var bridge = bridge(pooler);
                var client = door(bridge).login();
                var other = pooler.door().login()) {
            // when
            var answer = client.asksOne("select 'by unix'");

            // then
            assertThat(answer).isEqualTo("by unix");
            assertThat(other.asksOne("select 'by tcp'")).isEqualTo("by tcp");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socketOf(pooler))))
                    .isEqualTo("rw-rw----");
            try (var console = pooler.door().connect()) {
                console.loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of());
                assertThat(console.asks("show clients").toString()).contains("[local]");
            }
        }
    }

    @Test
    void sslIsDeclinedAndCancelWorksOverIt() {
        // given
        try (var pooler = wish().start();
                var bridge = bridge(pooler);
                var client = door(bridge).login()) {
            client.sends(query("select pg_sleep(60), 'cancel by unix'"));
            Eventually.isTrue(
                    "it runs",
                    () -> !EmbeddedPg.shared()
                            .asks("select pid from pg_stat_activity where query like '%cancel by unix%' and state ="
                                    + " 'active' and pid <> pg_backend_pid()")
                            .isEmpty());

            // when
            try (var asking = door(bridge).connect();
                    var canceling = door(bridge).connect()) {
                assertThat(asking.sends(sslRequest()).receivesByte()).isEqualTo('N');
                canceling.sends(cancelRequest(client.key()));
                assertThat(canceling.receivesByte()).isEqualTo(-1);
            }

            // then
            assertThat(client.receivesReady()).extracting(Reply::sqlState).contains("57014");
        }
    }

    @Test
    void localRulesDecideOverIt() {
        // given
        var rules = "{content: \"local all old reject\\nlocal all app trust\\nhost all all all scram-sha-256\"}";
        try (var pooler = wish().serverPasswords().general("pg_hba", rules).start();
                var bridge = bridge(pooler)) {
            // then
            try (var app = door(bridge).connect().loggedIn("app", "no password is asked", Door.DATABASE, Map.of());
                    var old = door(bridge).connect();
                    var clerk = door(bridge).connect()) {
                assertThat(app.asksOne("select current_user")).isEqualTo("app");
                assertThat(old.logsIn("old", "old-secret", Door.DATABASE, Map.of()))
                        .extracting(Reply::error)
                        .containsExactly("FATAL 28000 pg_hba.conf rejects connection for host \"[local]\","
                                + " user \"old\", database \"shop\", no encryption");
                assertThat(clerk.logsIn("clerk", "clerk-secret", Door.DATABASE, Map.of()))
                        .extracting(Reply::error)
                        .containsExactly("FATAL 28000 no pg_hba.conf entry for host \"[local]\","
                                + " user \"clerk\", database \"shop\", no encryption");
            }
        }
    }

    @Test
    void peerIsWhoTheKernelSays() {
        // given
        var rules = "{content: \"local all old peer\\nlocal all all peer map=os\\nhost all all all reject\"}";
        var maps = "{content: \"os " + System.getProperty("user.name") + " app\\nos somebody clerk\"}";
        try (var pooler = wish().serverPasswords()
                        .general("pg_hba", rules)
                        .general("pg_ident", maps)
                        .start();
                var bridge = bridge(pooler)) {
            // then
            try (var app = door(bridge).connect().loggedIn("app", "none is asked", Door.DATABASE, Map.of());
                    var old = door(bridge).connect();
                    var clerk = door(bridge).connect()) {
                assertThat(app.asksOne("select current_user")).isEqualTo("app");
                assertThat(old.logsIn("old", "old-secret", Door.DATABASE, Map.of()))
                        .extracting(Reply::error)
                        .containsExactly("FATAL 28000 Peer authentication failed for user \"old\"");
                assertThat(clerk.logsIn("clerk", "clerk-secret", Door.DATABASE, Map.of()))
                        .extracting(Reply::error)
                        .containsExactly("FATAL 28000 Peer authentication failed for user \"clerk\"");
            }
        }
    }

    @Test
    void passwordMayPassInClearAsThereIsNoWire() {
        // given
        var rules = "{content: \"local all all password\\nhost all all all reject\"}";
        try (var pooler = wish().serverPasswords().general("pg_hba", rules).start();
                var bridge = bridge(pooler);
                var app = door(bridge).connect();
                var liar = door(bridge).connect()) {
            // when
            app.loggedIn("app", "app-secret", Door.DATABASE, Map.of());

            // then
            assertThat(app.asksOne("select current_user")).isEqualTo("app");
            assertThat(liar.logsIn("app", "wrong", Door.DATABASE, Map.of()))
                    .extracting(Reply::sqlState)
                    .containsExactly("28P01");
        }
    }

    @Test
    void aSocketThatNobodyServesIsReplacedAndOneThatIsServedIsNot() throws IOException {
        // given
        int port;
        try (var pooler = wish().start()) {
            port = pooler.door().port();
        }
        var file = folder.resolve(".s.PGSQL." + port);
        var address = UnixDomainSocketAddress.of(file);
        try (var killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(address);
        }
        assertThat(file).exists();

        // when
        try (var pooler = wish().general("port", String.valueOf(port)).start();
                var bridge = bridge(pooler);
                var client = door(bridge).login()) {
            assertThat(client.asksOne("select 1")).isEqualTo("1");
        }

        // then
        try (var served = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            served.bind(address);
            var second = wish().general("port", String.valueOf(port));
            assertThatThrownBy(second::start).hasMessageContaining(file + ": another process does");
        }
        Files.delete(file);
        Files.writeString(file, "no socket");
        var third = wish().general("port", String.valueOf(port));
        assertThatThrownBy(third::start).hasMessageContaining("it exists and is no socket");
        Files.delete(file);
    }

    @Test
    void serversAreReachedByTheirUnixSocketAndCancelled() {
        // given
        try (var node = PgNode.primary();
                var pooler = PoolerFixture.wish()
                        .pool("server_host", node.folderOfSocket().toString())
                        .pool("server_port", String.valueOf(node.port()))
                        .start();
                var client = pooler.door().login()) {
            // when
            assertThat(client.asksOne("select coalesce(inet_client_addr()::text, 'by unix')"))
                    .isEqualTo("by unix");
            client.sends(query("select pg_sleep(60)"));
            Eventually.isTrue(
                    "it runs",
                    () -> node.asks("select count(*) from pg_stat_activity where query like"
                                    + " '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()")
                            .getFirst()
                            .equals("1"));
            try (var canceling = pooler.door().connect()) {
                canceling.sends(cancelRequest(client.key()));
            }

            // then
            assertThat(client.receivesReady()).extracting(Reply::sqlState).contains("57014");
        }
    }
}
