package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// A transaction leaves next to no garbage on the event loops, whether its client finds a server or has to wait for
/// one.
///
/// Bytes are what the JVM says of each thread (`jcmd PID Thread.print -e`), so that neither the speed of the machine
/// matters nor what else it does. The JVM compiles with its first compiler only, which leaves out no object that the
/// source makes: what the second one leaves out depends on what it happened to inline, and is another number in each
/// process. In production there is less.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AllocationIT {
    private static final int SERVERS = 4;

    /// Bytes of what lends and returns a server: the pool's word that it does. 9 were measured, as it has none for who
    /// waited.
    private static final int LEASE = 16;

    /// Of a Parse whose text is known: what it is looked up by. 48 were measured.
    private static final int STATEMENT = 64;

    private static final int ROUNDS = 2_000;

    /// Until everything is loaded and compiled; the second one is enough on an idle machine.
    private static final int MAX_WINDOWS = 20;

    private static final Pattern WORKER = Pattern.compile("\"worker-pg-doorman-[^\"]*\".* allocated=(\\d+)([BKMG]?)");

    private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 16);
    private final List<SocketChannel> clients = new ArrayList<>();
    private PoolerProcess pooler;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        pooler = new PoolerProcess.Wish(folder)
                .poolSize(SERVERS)
                .workers(1)
                .flags("-Dio.netty.leakDetection.level=disabled", "-XX:TieredStopAtLevel=1")
                .start();
        var address = new InetSocketAddress(
                InetAddress.ofLiteral("127.0.0.1"), pooler.door().port());
        for (int i = 0; i < 2 * SERVERS; i++) {
            var client = SocketChannel.open(address);
            clients.add(client);
            send(client, Message.startup(Map.of("user", "app", "database", Door.DATABASE)));
            awaitReady(client);
            send(client, Message.parse("s", "select $1::text"), Message.sync());
            awaitReady(client);
        }
    }

    @AfterAll
    void end() throws IOException {
        for (var client : clients) {
            client.close();
        }
        pooler.close();
    }

    @Test
    void aSimpleQuery() throws IOException {
        leaves(LEASE, SERVERS, Message.query("select 1"));
    }

    @Test
    void aPreparedStatement() throws IOException {
        leaves(LEASE, SERVERS, Message.bind("s", "one"), Message.execute(), Message.sync());
    }

    @Test
    void anUnnamedStatement() throws IOException {
        leaves(
                LEASE + STATEMENT,
                SERVERS,
                Message.parse("", "select $1::text"),
                Message.describeStatement(""),
                Message.bind("", "one"),
                Message.execute(),
                Message.sync());
    }

    @Test
    void aClientThatWaits() throws IOException {
        leaves(LEASE, 2 * SERVERS, Message.query("select 1"));
    }

    /// @param most bytes on average of a transaction
    /// @param asking so many clients at once
    private void leaves(int most, int asking, Message... burst) throws IOException {
        long transactions = (long) ROUNDS * asking;
        long least = Long.MAX_VALUE;
        long before = allocated();
        for (int i = 0; i < MAX_WINDOWS && least > most; i++) {
            transactions(asking, burst);
            long now = allocated();
            least = Math.min(least, (now - before) / transactions);
            before = now;
        }
        assertThat(least).as("bytes of garbage in a transaction").isLessThanOrEqualTo(most);
    }

    private void transactions(int asking, Message... burst) throws IOException {
        for (int i = 0; i < ROUNDS; i++) {
            for (int client = 0; client < asking; client++) {
                send(clients.get(client), burst);
            }
            for (int client = 0; client < asking; client++) {
                awaitReady(clients.get(client));
            }
        }
    }

    private static void send(SocketChannel client, Message... burst) throws IOException {
        var bytes = new ByteArrayOutputStream();
        for (var message : burst) {
            bytes.writeBytes(message.bytes());
        }
        client.write(ByteBuffer.wrap(bytes.toByteArray()));
    }

    /// Reads up to a ReadyForQuery that ends a packet.
    private void awaitReady(SocketChannel client) throws IOException {
        in.clear();
        do {
            if (client.read(in) < 0) {
                throw new IOException("the pooler closed the connection");
            }
        } while (in.position() < 6 || in.get(in.position() - 6) != 'Z' || in.get(in.position() - 1) != 'I');
    }

    private long allocated() {
        return WORKER.matcher(Jcmd.ask(pooler.pid(), "Thread.print", "-e"))
                .results()
                .mapToLong(found -> bytes(found.group(1), found.group(2)))
                .sum();
    }

    private static long bytes(String number, String unit) {
        return Long.parseLong(number)
                << switch (unit) {
                    case "B", "" -> 0;
                    case "K" -> 10;
                    case "M" -> 20;
                    case "G" -> 30;
                    default -> throw new AssertionError(unit);
                };
    }
}
