package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A client that asked one query and is idle costs little memory, and descriptors beyond 1,024 are descriptors.
///
/// `-Didle.clients=5000` makes it the 10,000 of the goal: twice that many connect, and the second half is measured. In
/// the usual run, which has fewer, the growth of the process itself still shows.
class IdleClientsIT {
    private static final int CLIENTS = Integer.getInteger("idle.clients", 1500);
    private static final long MAX_KIB_PER_CLIENT = 9;

    @TempDir
    private Path folder;

    @Test
    void idleClientsCostLittle() throws Exception {
        // given
        List<SocketChannel> clients = new ArrayList<>();
        try (var pooler = PoolerProcess.start(
                folder,
                20_000,
                List.of("max_connections: 20000"),
                "-Xms16m",
                "-Xmn8m",
                "-Xmx192m",
                "-XX:+UseCompactObjectHeaders")) {
            var port = pooler.door().port();
            for (int i = 0; i < CLIENTS; i++) { // what grows once is not a client's
                clients.add(client(port));
            }
            long before = pooler.kibOf("VmRSS");

            // when
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(client(port));
            }

            // then
            long perClient = (pooler.kibOf("VmRSS") - before) / CLIENTS;
            assertThat(perClient).as("KiB per client").isLessThan(MAX_KIB_PER_CLIENT);
            ask(clients.getLast(), Message.query("select 1"));
        } finally {
            for (var client : clients) {
                client.close();
            }
        }
    }

    private static SocketChannel client(int port) throws IOException {
        var channel = SocketChannel.open(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
        ask(channel, Message.startup(Map.of("user", "app", "database", Door.DATABASE)));
        ask(channel, Message.query("select 1"));
        return channel;
    }

    /// Sends, and reads up to a ReadyForQuery that ends a packet.
    private static void ask(SocketChannel channel, Message message) throws IOException {
        channel.write(ByteBuffer.wrap(message.bytes()));
        var in = ByteBuffer.allocate(8192);
        var all = new StringBuilder();
        while (!all.toString().endsWith("Z\0\0\0\5I")) {
            if (channel.read(in.clear()) < 0) {
                throw new IOException("closed after " + all);
            }
            all.append(StandardCharsets.ISO_8859_1.decode(in.flip()));
        }
    }
}
