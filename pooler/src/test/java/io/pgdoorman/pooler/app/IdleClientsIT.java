package io.pgdoorman.pooler.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.Message;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A client that asked one query and is idle costs little memory, and descriptors beyond 1,024 are descriptors.
///
/// `-Didle.clients=10000` makes it the number of the goal; the usual run has fewer.
class IdleClientsIT {
    private static final int CLIENTS = Integer.getInteger("idle.clients", 1500);
    private static final long MAX_KIB_PER_CLIENT = 6;
    private static final Pattern READY = Pattern.compile("pooler is ready.*127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s*(\\d+) kB");

    @TempDir
    private Path folder;

    @Test
    void idleClientsCostLittle() throws Exception {
        // given
        var log = folder.resolve("log");
        var process = start(log);
        List<SocketChannel> clients = new ArrayList<>();
        try {
            var port = portIn(log);
            for (int i = 0; i < 200; i++) { // what is loaded once is not a client's
                client(port).close();
            }
            long before = residentOf(process);

            // when
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(client(port));
            }

            // then
            long after = residentOf(process);
            System.getLogger("idle")
                    .log(System.Logger.Level.INFO, "{0} idle clients: {1} KiB, then {2} KiB", CLIENTS, before, after);
            assertThat((after - before) / CLIENTS).as("KiB per client").isLessThan(MAX_KIB_PER_CLIENT);
            ask(clients.getLast(), Message.query("select 1"));
        } finally {
            for (var client : clients) {
                client.close();
            }
            process.destroy();
            process.waitFor();
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

    private Process start(Path log) throws IOException {
        var config = Files.writeString(folder.resolve("pooler.yaml"), """
            general:
              host: 127.0.0.1
              port: 0
              worker_threads: 2
              admin_username: admin
              admin_password: secret
              max_connections: 20000
              log_client_connections: false
              log_client_disconnections: false
              pg_hba: {content: "host all all 127.0.0.1/32 trust"}
            pools:
              %s:
                server_host: 127.0.0.1
                server_port: %d
                users:
                  - {username: app, password: "", pool_size: 2, server_username: app, server_password: %s}
            """.formatted(
                        Door.DATABASE, EmbeddedPg.shared().door().port(), Door.Role.APP.password()));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xms16m",
                        "-Xmn8m",
                        "-Xmx192m",
                        "-XX:+UseCompactObjectHeaders",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.pgdoorman.pooler.app.PoolerMain",
                        config.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private static int portIn(Path log) throws IOException {
        Eventually.isTrue("the pooler is ready", () -> READY.matcher(text(log)).find());
        var ready = READY.matcher(text(log));
        assertThat(ready.find()).isTrue();
        return Integer.parseInt(ready.group(1));
    }

    private static String text(Path log) throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    private static long residentOf(Process process) throws IOException {
        var resident = RESIDENT.matcher(Files.readString(Path.of("/proc", "" + process.pid(), "status")));
        assertThat(resident.find()).isTrue();
        return Long.parseLong(resident.group(1));
    }
}
