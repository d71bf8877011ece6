package io.pgdoorman.pooler.door;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.Papers;
import io.pgdoorman.pooler.script.Papers.Claims;
import io.pgdoorman.pooler.script.PoolerProcess;
import io.pgdoorman.pooler.script.WireClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// 5,000 peers that never log in stand at the door: silent, byte by byte, half a startup packet, half a handshake, half
/// a login. Clients that are in go on, others come in, and the crowd is sent away in time.
///
/// `-Dcrowd.rounds=10` measures more often, alternately with and without a crowd.
class CrowdIT {
    private static final Logger LOG = LoggerFactory.getLogger("crowd");
    private static final int PEERS = Integer.getInteger("crowd.peers", 5000);
    private static final int ROUNDS = Integer.getInteger("crowd.rounds", 1);
    private static final int CLIENTS = 4;
    private static final int QUERIES = Integer.getInteger("crowd.queries", 1000);

    @TempDir
    private Path folder;

    /// What one of the crowd has said so far, and what it says byte by byte.
    private enum Stance {
        SILENT("", ""),
        HALF_A_LENGTH("\0\0", ""),
        SLOW("\0\0\1\0\0\3\0\0", "user".repeat(20)),
        HALF_A_HANDSHAKE("\0\0\0\10\4\u00d2\26\57", "\26\3\1\2\0\1\0\1\u00fc"),
        HALF_A_LOGIN(
                new String(
                        Message.startup(Map.of("user", PoolerProcess.STRANGER, "database", Door.DATABASE))
                                .bytes(),
                        ISO_8859_1),
                "p\0\0\0\144SCRAM");

        private final String first;
        private final String slowly;

        Stance(String first, String slowly) {
            this.first = first;
            this.slowly = slowly;
        }
    }

    @Test
    void crowdAtTheDoorDisturbsNobody() throws Exception {
        // given
        Papers.authority("CN=test authority")
                .issues(Claims.of("CN=pooler", "localhost"))
                .write(folder, "server");
        var general = List.of(
                "max_connections: 8192",
                "client_login_timeout: 5m",
                "tls_certificate: " + folder.resolve("server.crt"),
                "tls_private_key: " + folder.resolve("server.key"));
        List<Double> ratios = new ArrayList<>();
        List<WireClient> clients = new ArrayList<>();
        try (var pooler = PoolerProcess.start(folder, 20_000, general)) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(login(pooler.door()));
            }
            p99(clients); // warms up
            for (int round = 0; round < ROUNDS; round++) {
                long alone = p99(clients);
                var crowd = gather(pooler.door(), PEERS);
                try {
                    // when
                    long besides = p99(clients);
                    say(crowd, 1);
                    ratios.add((double) besides / alone);
                    LOG.warn("p99 of {} clients: alone {} us, beside {} peers {} us", CLIENTS, alone, PEERS, besides);

                    // then
                    try (var another = login(pooler.door())) {
                        assertThat(another.asksOne("select 'in'")).isEqualTo("in");
                    }
                } finally {
                    for (var one : crowd) {
                        one.close();
                    }
                }
            }
            LOG.warn("ratios {}", ratios.stream().sorted().toList());
        } finally {
            clients.forEach(WireClient::close);
        }
    }

    @Test
    void crowdIsSentAwayInTimeHoweverSlowlyItSpeaks() throws Exception {
        // given
        var general = List.of("client_login_timeout: 2s");
        try (var pooler = PoolerProcess.start(folder, 20_000, general);
                var inside = login(pooler.door())) {
            var crowd = gather(pooler.door(), PEERS / 5);

            // when then
            for (int i = 0; i < crowd.size(); i++) {
                var one = crowd.get(i);
                int at = i;
                Eventually.isTrue("peer " + i + " is sent away", Duration.ofMinutes(2), () -> hasEnded(one, at));
                one.close();
            }
            assertThat(inside.asksOne("select 1")).isEqualTo("1");
        }
    }

    private static boolean hasEnded(SocketChannel one, int at) throws IOException {
        say(one, stance(at), 2);
        one.configureBlocking(false);
        try {
            return one.read(ByteBuffer.allocate(1024)) < 0;
        } catch (IOException _) {
            return true; // a reset is an end, too
        } finally {
            one.configureBlocking(true);
        }
    }

    private static Stance stance(int at) {
        return Stance.values()[at % Stance.values().length];
    }

    private static List<SocketChannel> gather(Door door, int peers) throws IOException {
        var address = new InetSocketAddress(InetAddress.ofLiteral(door.host()), door.port());
        List<SocketChannel> crowd = new ArrayList<>();
        for (int i = 0; i < peers; i++) {
            var one = SocketChannel.open(address);
            one.write(ISO_8859_1.encode(stance(i).first));
            crowd.add(one);
            if (i % 500 == 499) {
                login(door).close(); // else the queue of the kernel may be full, and what it drops looks connected
            }
        }
        return crowd;
    }

    private static void say(List<SocketChannel> crowd, int at) {
        for (int i = 0; i < crowd.size(); i++) {
            say(crowd.get(i), stance(i), at);
        }
    }

    private static void say(SocketChannel one, Stance stance, int at) {
        try {
            if (at < stance.slowly.length()) {
                one.write(ISO_8859_1.encode(stance.slowly.substring(at, at + 1)));
            }
        } catch (IOException _) {
            // it has been sent away
        }
    }

    /// In microseconds.
    private static long p99(List<WireClient> clients) throws Exception {
        try (var threads = Executors.newFixedThreadPool(clients.size())) {
            List<Callable<long[]>> loads = clients.stream()
                    .<Callable<long[]>>map(client -> () -> IntStream.range(0, QUERIES)
                            .mapToLong(_ -> {
                                long began = System.nanoTime();
                                assertThat(client.asksOne("select 1")).isEqualTo("1");
                                return System.nanoTime() - began;
                            })
                            .toArray())
                    .toList();
            var all = IntStream.builder();
            for (Future<long[]> load : threads.invokeAll(loads)) {
                Arrays.stream(load.get()).forEach(nanos -> all.add((int) (nanos / 1000)));
            }
            var sorted = all.build().sorted().toArray();
            return sorted[sorted.length * 99 / 100];
        }
    }

    private static WireClient login(Door door) {
        var client = door.connect();
        client.sends(Message.startup(Map.of("user", "app", "database", Door.DATABASE)))
                .receivesReady();
        return client;
    }
}
