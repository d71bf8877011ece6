package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.FaultProxy;
import io.pgdoorman.pooler.script.PgNode;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A primary and its streaming standby, real ones, behind one pool.
class FailoverIT {
    private static final String PORT = "select current_setting('port')";

    /// The primary, whichever it is at the moment; each test leaves a pair behind.
    private static PgNode first;

    private static PgNode second;

    @BeforeAll
    static void starts() {
        first = PgNode.primary();
        second = first.standby();
        Eventually.isTrue(
                "the standby has the roles",
                () -> second.asks("select count(*) from pg_database where datname = 'shop'")
                        .equals(List.of("1")));
    }

    @AfterAll
    static void stops() {
        second.close();
        first.close();
    }

    private static void changePlaces() {
        var standby = first;
        first = second;
        second = standby;
    }

    private PoolerFixture.Wish pooler(String target) {
        return PoolerFixture.wish()
                .pool("server_host", "\"" + first.address() + "," + second.address() + "\"")
                .pool("target_session_attrs", target);
    }

    private static String portOf(WireClient client) {
        return client.asksOne(PORT);
    }

    @Test
    void whenThePrimaryMovesQueriesFindItWithinASecondOfItsPromotion() {
        // given
        try (var pooler = pooler("primary").start();
                var client = pooler.door().login()) {
            assertThat(portOf(client)).isEqualTo(String.valueOf(first.port()));
            first.stop("fast");
            client.sends(query(PORT)); // waits for a primary

            // when
            second.promote();
            long promoted = System.nanoTime();
            var answer = client.receivesReady();
            var took = Duration.ofNanos(System.nanoTime() - promoted);
            first.follow(second);

            // then
            assertThat(answer).anySatisfy(reply -> assertThat(reply.tag()).isEqualTo('D'));
            assertThat(answer.get(1).firstColumn()).isEqualTo(String.valueOf(second.port()));
            assertThat(took).isLessThan(Duration.ofMillis(1500));
            assertThat(first.asks("select pg_is_in_recovery()")).containsExactly("t");
            for (int i = 0; i < 20; i++) {
                assertThat(portOf(client)).isEqualTo(String.valueOf(second.port()));
            }
            changePlaces();
        }
    }

    @Test
    void aPromotedStandbyIsGivenUpAfterItsTransactions() {
        // given
        try (var pooler = pooler("standby").general("query_wait_timeout", "1s").start();
                var client = pooler.door().login()) {
            client.asks("begin");
            assertThat(portOf(client)).isEqualTo(String.valueOf(second.port()));

            // when
            second.promote();

            // then: the transaction goes on, and what follows it waits for a standby
            assertThat(portOf(client)).isEqualTo(String.valueOf(second.port()));
            assertThat(client.asks("commit").getFirst().text()).startsWith("COMMIT");
            var refused = client.asks(PORT);
            assertThat(refused.getFirst().sqlState()).isEqualTo("08006");
            assertThat(refused.getFirst().field('D')).contains("is a primary (target_session_attrs: standby)");
            first.stop("fast");
            first.follow(second);
            assertThat(portOf(client)).isEqualTo(String.valueOf(first.port()));
            changePlaces();
        }
    }

    @Test
    void preferStandbyTakesThePrimaryWhereThereIsNoStandby() {
        // given
        try (var pooler = pooler("prefer-standby").start();
                var client = pooler.door().login()) {
            assertThat(portOf(client)).isEqualTo(String.valueOf(second.port()));

            // when
            second.stop("fast");

            // then
            assertThat(portOf(client)).isEqualTo(String.valueOf(first.port()));
            second.start();
        }
    }

    @Test
    void readWriteAndReadOnlyAreToldApart() {
        // given
        try (var writing = pooler("read-write").start();
                var reading = pooler("read-only").start();
                var writer = writing.door().login();
                var reader = reading.door().login()) {
            // then
            assertThat(portOf(writer)).isEqualTo(String.valueOf(first.port()));
            assertThat(portOf(reader)).isEqualTo(String.valueOf(second.port()));
        }
    }

    @Test
    void randomOrderUsesAllHosts() {
        // given
        Set<String> seen = new HashSet<>();
        List<WireClient> clients = new ArrayList<>();
        try (var pooler =
                pooler("any").pool("load_balance_hosts", "random").poolSize(20).start()) {
            // when
            for (int i = 0; i < 20; i++) {
                var client = pooler.door().login();
                clients.add(client);
                client.asks("begin");
                seen.add(portOf(client));
            }

            // then: that all 20 go to one has a chance of one to half a million
            assertThat(seen).hasSize(2);
        } finally {
            clients.forEach(WireClient::close);
        }
    }

    @Test
    void aTransactionWhoseServerDiesIsToldAndTheNextOneFindsAnotherHost() {
        // given
        try (var pooler = pooler("any").start();
                var client = pooler.door().login();
                var other = pooler.door().login()) {
            client.asks("begin");
            assertThat(portOf(client)).isEqualTo(String.valueOf(first.port()));

            // when
            first.stop("fast");

            // then: PostgreSQL's own words, though the client asked nothing
            assertThat(client.receivesToEnd()).extracting(Reply::sqlState).containsExactly("57P01");
            assertThat(portOf(other)).isEqualTo(String.valueOf(second.port()));
            first.start();
        }
    }

    @Test
    void anAddressThatDropsAllPacketsHidesNoPrimary() throws IOException {
        // given
        try (var drops = new FullListener();
                var pooler = PoolerFixture.wish()
                        .pool("server_host", "\"127.0.0.1:" + drops.port() + "," + first.address() + "\"")
                        .pool("target_session_attrs", "primary")
                        .pool("connect_timeout", "2s")
                        .general("query_wait_timeout", "60s")
                        .start();
                var client = pooler.door().login();
                var other = pooler.door().login()) {
            // when
            client.asks("begin");
            var port = portOf(client);

            // then: the next server is connected while the first one is held
            assertThat(port).isEqualTo(String.valueOf(first.port()));
            assertThat(portOf(other)).isEqualTo(String.valueOf(first.port()));
            client.asks("commit");
        }
    }

    @Test
    void aPrimaryThatFallsSilentIsReplacedByTheOneThatWasPromoted() {
        // given
        try (var proxy = FaultProxy.before(new InetSocketAddress(InetAddress.getLoopbackAddress(), first.port()));
                var pooler = PoolerFixture.wish()
                        .pool("server_host", "\"127.0.0.1:" + proxy.port() + "," + second.address() + "\"")
                        .pool("target_session_attrs", "primary")
                        .pool("connect_timeout", "1s")
                        .general("server_idle_check_timeout", "200ms")
                        .general("query_wait_timeout", "60s")
                        .start();
                var client = pooler.door().login()) {
            assertThat(portOf(client)).isEqualTo(String.valueOf(first.port()));

            // when
            proxy.setSilent(true);
            second.promote();

            // then: an idle server that says nothing is found out, and the new primary too
            Eventually.isTrue("the silent server is gone", () -> servers(pooler) == 0);
            assertThat(portOf(client)).isEqualTo(String.valueOf(second.port()));
            proxy.setSilent(false);
        }
        first.stop("fast");
        first.follow(second);
        changePlaces();
    }

    private static int servers(PoolerFixture pooler) {
        try (var console = pooler.door().connect()) {
            console.loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of());
            return (int) console.asks("show servers").stream()
                    .filter(reply -> reply.tag() == 'D')
                    .count();
        }
    }

    /// A listener that accepts nobody and whose queue is full: the system drops what comes to it without a word.
    private static final class FullListener implements AutoCloseable {
        private final ServerSocketChannel listener = ServerSocketChannel.open();
        private final List<SocketChannel> queued = new ArrayList<>();

        FullListener() throws IOException {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
            for (int i = 0; i < 8; i++) {
                var channel = SocketChannel.open();
                channel.configureBlocking(false);
                var _ = channel.connect(listener.getLocalAddress());
                queued.add(channel);
            }
        }

        int port() {
            return listener.socket().getLocalPort();
        }

        @Override
        public void close() throws IOException {
            for (var channel : queued) {
                channel.close();
            }
            listener.close();
        }
    }
}
