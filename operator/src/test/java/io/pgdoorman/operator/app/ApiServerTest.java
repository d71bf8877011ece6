package io.pgdoorman.operator.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ApiServerTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, HERE)) {
            return socket.getLocalPort();
        }
    }

    private static Config at(int port) {
        return new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:" + port)
                .build();
    }

    private static HttpServer answering(int port, AtomicInteger asked, int... codes) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(HERE, port), 0);
        server.createContext("/", exchange -> {
            int code = codes[Math.min(asked.getAndIncrement(), codes.length - 1)];
            byte[] body = "{\"major\":\"1\",\"minor\":\"34\"}".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(code, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void isWaitedForAsLongAsNobodyListensOrItStarts() throws Exception {
        // given
        int port = freePort();
        var asked = new AtomicInteger();
        var pauses = new AtomicInteger();
        var server = new HttpServer[1];

        // when
        ApiServer.await(at(port), pause -> {
            assertThat(pause).isLessThanOrEqualTo(Duration.ofSeconds(1));
            if (pauses.incrementAndGet() == 3) {
                try {
                    server[0] = answering(port, asked, 503, 500, 200);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        });

        // then
        assertThat(pauses).hasValue(5);
        assertThat(asked).hasValue(3);
        server[0].stop(0);
    }

    @Test
    void whoIsNotLetInFindsOutElsewhere() throws Exception {
        // given
        int port = freePort();
        var server = answering(port, new AtomicInteger(), 401);

        // when
        ApiServer.await(at(port), pause -> {
            throw new AssertionError("no need to wait");
        });

        // then
        server.stop(0);
    }
}
