package io.pgdoorman.pooler.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever is sent to the control server, it stays up and keeps nobody out.
class ControlServerHostileIT extends ControlServerStage {
    @Test
    void refusesBodiesThatAreTooLargeOrNoJson() throws Exception {
        assertThat(post("/api/admin/reload", LOGIN, "{").statusCode()).isEqualTo(400);
        assertThat(post("/api/admin/reload", LOGIN, " ".repeat(65_537)).statusCode())
                .isEqualTo(413);
        assertThat(post("/api/admin/reload", LOGIN, " ".repeat(65_536)).statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n\r\n\r\n\r\n garbage \r\n\r\n",
                "GET\r\n\r\n",
                "GET /metrics HTTP/9.9\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /api/admin/state?db=%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                "POST /api/admin/reload HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                "POST /api/admin/reload HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /api/admin/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            })
    void closesOnGarbageAndStaysUp(String garbage) throws Exception {
        // when
        var answer = exchange(garbage.getBytes(UTF_8));

        // then
        assertThat(answer)
                .satisfiesAnyOf(
                        text -> assertThat(text).isEmpty(),
                        text -> assertThat(text).matches("(?s)HTTP/1.1 (4..|505) .*"));
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void staysUpAfterRandomBytes() throws Exception {
        // given
        var random = new Random(11);

        // when
        for (var i = 0; i < 40; i++) {
            var bytes = new byte[1 + random.nextInt(9_000)];
            random.nextBytes(bytes);
            bytes[bytes.length - 1] = '\n';
            try (var socket = connect()) {
                socket.getOutputStream().write(bytes);
            } catch (SocketException e) {
                assertThat(e).as("the server closed first").hasMessageMatching("(?i).*(reset|pipe|abort).*");
            }
        }

        // then
        awaitHealthy();
    }

    @Test
    void refusesHeadersAndTargetsThatAreTooLarge() throws Exception {
        assertThat(exchange(("GET /metrics HTTP/1.1\r\nX: " + "a".repeat(9_000) + "\r\n\r\n").getBytes(UTF_8)))
                .startsWith("HTTP/1.1 431");
        assertThat(exchange(("GET /" + "a".repeat(5_000) + " HTTP/1.1\r\n\r\n").getBytes(UTF_8)))
                .startsWith("HTTP/1.1 414");
        assertThat(exchange(("GET /metrics HTTP/1.1\r\n" + "A: b\r\n".repeat(3_000) + "\r\n").getBytes(UTF_8)))
                .startsWith("HTTP/1.1 431");
    }

    @Test
    void closesAPeerThatTricklesItsRequest() throws Exception {
        // given
        try (var socket = connect()) {
            socket.setSoTimeout(40);
            var out = socket.getOutputStream();
            var begin = System.nanoTime();

            // when
            var closed = false;
            while (!closed && System.nanoTime() - begin < Duration.ofSeconds(10).toNanos()) {
                closed = trickle(socket, out);
            }

            // then
            assertThat(closed).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(REQUEST.minusMillis(50));
        }
    }

    /// Sends one byte; whether the server has closed.
    private static boolean trickle(Socket socket, java.io.OutputStream out) throws IOException {
        try {
            out.write('a');
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException _) {
            return false;
        } catch (SocketException _) {
            return true;
        }
    }

    @Test
    void closesAPeerThatSaysNothing() throws Exception {
        try (var socket = connect()) {
            socket.setSoTimeout(10_000);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void whoSaysNothingKeepsNobodyOut() throws Exception {
        // given
        var sockets = new ArrayList<Socket>();
        try {
            for (var i = 0; i < LIMITS.connections(); i++) {
                sockets.add(connect());
            }

            // when
            var answer = exchange("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n".getBytes(UTF_8));

            // then: in the place of the one that has been silent longest
            assertThat(answer).startsWith("HTTP/1.1 200");
            sockets.getFirst().setSoTimeout(10_000);
            assertThat(sockets.getFirst().getInputStream().read()).isEqualTo(-1);
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
    }

    private void awaitHealthy() throws InterruptedException {
        var deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (true) {
            try {
                assertThat(get("/healthz").statusCode()).isEqualTo(200);
                return;
            } catch (IOException e) {
                assertThat(System.nanoTime()).as("still refused: %s", e).isLessThan(deadline);
            }
        }
    }

    /// All that the server says to these bytes before it closes.
    private String exchange(byte[] bytes) throws IOException {
        try (var socket = connect()) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(bytes);
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        } catch (SocketException _) {
            return "";
        }
    }
}
