package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.describePortal;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.FaultProxy;
import io.pgdoorman.pooler.script.FaultProxy.Direction;
import io.pgdoorman.pooler.script.FaultProxy.Fault;
import io.pgdoorman.pooler.script.FaultProxy.Kind;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The way to PostgreSQL breaks at any byte: the client gets the right answers up to some point and then a defined end,
/// and the pooler forgets nothing and keeps nothing.
class FaultIT {
    /// Simple and extended, in and out of a transaction, with an error in the middle.
    private static final List<Message[]> SESSION = List.of(
            new Message[] {query("select 1")},
            new Message[] {
                parse("s", "select $1::int"), bind("s", "7"), describePortal(""), execute(), sync(),
            },
            new Message[] {query("begin")},
            new Message[] {query("select 1/0")},
            new Message[] {query("rollback")});

    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);

    /// Bytes from one end to the next; -Dfaults.stride=1 takes a minute.
    private static final int CLOSE_STRIDE = Integer.getInteger("faults.stride", 5);

    /// Sessions that are played side by side, each through a pooler of its own: most of the time they wait.
    private static final int STAGES = 6;

    private final List<Stage> stages = new ArrayList<>();

    @BeforeEach
    void starts() {
        for (int i = 0; i < STAGES; i++) {
            stages.add(new Stage());
        }
    }

    @AfterEach
    void stops() {
        stages.forEach(Stage::close);
    }

    /// Lets the fault strike at each place, in both directions, and looks after each time at what the client got and at
    /// the end at what is left.
    private void strikesEverywhere(Kind kind, int stride) {
        var right = stages.getFirst().plays();
        var sizes = stages.getFirst().sizes(right);
        var faults = new ConcurrentLinkedQueue<Fault>();
        for (var direction : Direction.values()) {
            for (long at = 0; at < sizes.getOrDefault(direction, 0L); at += stride) {
                faults.add(new Fault(direction, at, kind));
            }
        }
        int count = faults.size();
        try (var workers = Executors.newVirtualThreadPerTaskExecutor()) {
            var done = stages.stream()
                    .map(stage -> workers.submit(() -> {
                        for (var fault = faults.poll(); fault != null; fault = faults.poll()) {
                            stage.suffers(fault, right);
                        }
                        return stage.assertNothingLeaks();
                    }))
                    .toList();
            for (var each : done) {
                assertThat(each.get()).isTrue();
            }
        } catch (ExecutionException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
        assertThat(stages.stream().mapToInt(stage -> stage.proxy.struck()).sum())
                .isEqualTo(count)
                .isGreaterThan(10);
    }

    @Test
    void aResetAtEveryByte() {
        strikesEverywhere(Kind.RESET, 1);
    }

    @Test
    void anEndInTheMiddleOfBytes() {
        strikesEverywhere(Kind.CLOSE, CLOSE_STRIDE);
    }

    @Test
    void bytesThatComeLate() {
        strikesEverywhere(Kind.DELAY, 61);
    }

    @Test
    void aServerThatFallsSilentInItsLoginCostsNoMoreThanConnectTimeout() {
        // given
        var stage = stages.getFirst();
        var right = stage.plays();
        for (int at = 0; at < 600; at += 150) {
            // when
            stage.noServerIsLeft();
            // A server whose end the pooler has not read yet would rightly cost this client its session.
            Eventually.isTrue("the pooler knows", () -> stage.servers() == 0);
            stage.proxy.next(new Fault(Direction.TO_CLIENT, at, Kind.BLACKHOLE));
            long began = System.nanoTime();
            var got = stage.plays();

            // then
            assertThat(got).isEqualTo(right);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(CONNECT_TIMEOUT, Duration.ofSeconds(4));
        }
        assertThat(stage.assertNothingLeaks()).isTrue();
    }

    @Test
    void aClientThatLeavesASilentServerCostsThatServerAndNoMore() {
        // given
        var stage = stages.getFirst();
        try (var client = stage.pooler.door().login()) {
            client.asks("begin");
            stage.proxy.setSilent(true);
            client.sends(query("select 1"));
            assertThat(client.hearsNothingFor(50)).isTrue();

            // when
            client.vanishes();

            // then
            Eventually.isTrue("the server was given up", () -> stage.servers() == 0);
        }
        stage.proxy.setSilent(false);
        assertThat(stage.assertNothingLeaks()).isTrue();
    }

    @Test
    void anIdleServerThatBecameSilentIsFoundOutBeforeAnyoneGetsIt() {
        // given
        try (var stage = new Stage(wish -> wish.general("server_idle_check_timeout", "200ms"))) {
            try (var client = stage.pooler.door().login()) {
                client.asks("select 1");
            }
            assertThat(stage.servers()).isEqualTo(1);

            // when
            stage.proxy.setSilent(true);

            // then
            Eventually.isTrue("the server was given up", () -> stage.servers() == 0);
            stage.proxy.setSilent(false);
            assertThat(stage.assertNothingLeaks()).isTrue();
        }
    }

    @Test
    void aClientIdleInItsTransactionIsToldAtOnceThatItsServerIsGone() {
        // given
        var stage = stages.getFirst();
        try (var client = stage.pooler.door().login()) {
            client.asks("begin");

            // when
            stage.proxy.resetAll();

            // then
            assertThat(client.receivesToEnd())
                    .extracting(Reply::error)
                    .containsExactly("FATAL 08006 server closed the connection unexpectedly");
        }
        assertThat(stage.assertNothingLeaks()).isTrue();
    }

    /// A pooler with one server, and a proxy between it and PostgreSQL.
    private static final class Stage implements AutoCloseable {
        final FaultProxy proxy;
        final PoolerFixture pooler;

        Stage() {
            this(wish -> wish);
        }

        Stage(UnaryOperator<PoolerFixture.Wish> other) {
            proxy = FaultProxy.before(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), EmbeddedPg.shared().door().port()));
            var wish = PoolerFixture.wish()
                    .poolSize(1)
                    .pool("server_port", String.valueOf(proxy.port()))
                    .pool("connect_timeout", CONNECT_TIMEOUT.toMillis() + "ms")
                    .general("query_wait_timeout", "20s")
                    .general("log_client_connections", "false")
                    .general("log_client_disconnections", "false")
                    // the client's side of a login is not what is tried here
                    .serverPasswords()
                    .general("pg_hba", "{content: \"host all all all trust\"}");
            pooler = other.apply(wish).start();
        }

        @Override
        public void close() {
            pooler.close();
            proxy.close();
        }

        void suffers(Fault fault, List<Reply> right) {
            int before = proxy.struck();
            // A connect of the session before may have been on its way already; then the fault is for the next.
            for (int tries = 0; proxy.struck() == before; tries++) {
                assertThat(tries)
                        .as("sessions in which %s did not strike", fault)
                        .isLessThan(20);
                noServerIsLeft();
                // That connect may have taken the fault with it to its end.
                proxy.calm();
                proxy.next(fault);
                assertDefined(plays(), right, fault);
            }
        }

        /// Bytes that the session takes, its server's login included.
        Map<Direction, Long> sizes(List<Reply> right) {
            noServerIsLeft();
            Eventually.isTrue("the pooler knows", () -> servers() == 0);
            long toServer = proxy.carried(Direction.TO_SERVER);
            long toClient = proxy.carried(Direction.TO_CLIENT);
            int connects = proxy.accepted();
            assertThat(plays()).isEqualTo(right);
            // A fault behind the last byte would never strike.
            assertThat(proxy.accepted()).as("servers of one session").isEqualTo(connects + 1);
            return Map.of(
                    Direction.TO_SERVER,
                    proxy.carried(Direction.TO_SERVER) - toServer,
                    Direction.TO_CLIENT,
                    proxy.carried(Direction.TO_CLIENT) - toClient);
        }

        /// What the client of one session got.
        List<Reply> plays() {
            var got = new ArrayList<Reply>();
            try (var client = pooler.door().login()) {
                for (var step : SESSION) {
                    client.sends(step);
                    Reply reply;
                    do {
                        reply = client.receives();
                        got.add(reply);
                    } while (reply.tag() != 'Z');
                }
            } catch (UncheckedIOException ended) {
                got.add(new Reply('!', "closed"));
            }
            return got;
        }

        private static void assertDefined(List<Reply> got, List<Reply> right, Fault fault) {
            int same = 0;
            while (same < got.size() && same < right.size() && got.get(same).equals(right.get(same))) {
                same++;
            }
            var rest = got.subList(same, got.size());
            if (rest.isEmpty()) {
                assertThat(got).as("%s", fault).hasSameSizeAs(right);
                return;
            }
            assertThat(rest.getLast().tag()).as("%s: %s", fault, rest).isEqualTo('!');
            if (rest.size() > 1) {
                assertThat(rest).as("%s", fault).hasSize(2);
                assertThat(rest.getFirst().error())
                        .as("%s: %s", fault, rest)
                        .startsWith("FATAL 08006 server closed the connection unexpectedly");
            }
        }

        /// Ends what is left of the session before. The pooler reads of it a moment later.
        void noServerIsLeft() {
            proxy.resetAll();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (proxy.openEnds() > 0) {
                assertThat(System.nanoTime()).as("a server is in limbo").isLessThan(deadline);
                LockSupport.parkNanos(100_000);
            }
        }

        /// The books are those of a pool that nobody uses: one idle server, no client, nothing half done, nothing held.
        boolean assertNothingLeaks() {
            try (var client = pooler.door().login()) {
                assertThat(client.asksOne("select 'well'")).isEqualTo("well");
            }
            Eventually.isTrue("one server", () -> proxy.openEnds() == 2);
            Eventually.isTrue("nothing is held", () -> pooler.heldClientBytes() == 0);
            try (var console = pooler.door().connect()) {
                console.loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of());
                Eventually.isTrue("an idle pool", () -> {
                    var pool = row(console, "show pools", "app");
                    return List.of("cl_idle", "cl_active", "cl_waiting", "sv_active", "sv_login", "sv_used").stream()
                                    .allMatch(column -> "0".equals(pool.get(column)))
                            && "1".equals(pool.get("sv_idle"));
                });
                console.asks("reconnect");
                Eventually.isTrue("no statement is held", () -> {
                    console.asks("reset interner");
                    return console.asks("show mem").stream()
                            .anyMatch(memory -> memory.tag() == 'D'
                                    && memory.columns().getFirst().equals("prepared_statements")
                                    && memory.columns().get(2).equals("0"));
                });
            }
            return true;
        }

        int servers() {
            try (var console = pooler.door().connect()) {
                console.loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of());
                return (int) console.asks("show servers").stream()
                        .filter(reply -> reply.tag() == 'D')
                        .count();
            }
        }

        /// The columns of the row of that user.
        private static Map<String, String> row(WireClient console, String command, String user) {
            var replies = console.asks(command);
            var names = columns(replies.getFirst());
            for (var reply : replies) {
                if (reply.tag() == 'D') {
                    var values = values(reply);
                    if (values.contains(user)) {
                        var row = new TreeMap<String, String>();
                        for (int i = 0; i < names.size(); i++) {
                            row.put(names.get(i), values.get(i));
                        }
                        return row;
                    }
                }
            }
            throw new AssertionError(command + " shows no " + user + ": " + replies);
        }

        private static List<String> columns(Reply description) {
            var in = ByteBuffer.wrap(description.body().getBytes(StandardCharsets.ISO_8859_1));
            var names = new ArrayList<String>();
            for (int left = in.getShort(); left > 0; left--) {
                var name = new StringBuilder();
                for (byte b = in.get(); b != 0; b = in.get()) {
                    name.append((char) b);
                }
                names.add(name.toString());
                in.position(in.position() + 18);
            }
            return names;
        }

        private static List<String> values(Reply row) {
            var in = ByteBuffer.wrap(row.body().getBytes(StandardCharsets.ISO_8859_1));
            var values = new ArrayList<String>();
            for (int left = in.getShort(); left > 0; left--) {
                byte[] value = new byte[Math.max(0, in.getInt())];
                in.get(value);
                values.add(new String(value, StandardCharsets.ISO_8859_1));
            }
            return values;
        }
    }
}
