package io.pgdoorman.pooler.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.stats.FakeSnapshots;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.ProcessStats;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Peers that take all connections of the control server: a kubelet that they kept out would have the pooler restarted.
class CrowdedControlIT {

    private static final int PER_ADDRESS = 8;

    /// Guesses are answered so late that a test does not see it.
    private static final HttpSettings.Limits LIMITS = new HttpSettings.Limits(
            PER_ADDRESS + 1,
            Duration.ofMinutes(2),
            Duration.ofMinutes(2),
            Duration.ofMinutes(2),
            Duration.ofMinutes(2));
    private static final String HEALTH = "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n";
    private static final String METRICS = "GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n";
    private static final String GUESS = "GET /api/admin/state HTTP/1.1" + authorized("guess");
    private static final String RELOAD = "POST /api/admin/reload HTTP/1.1" + authorized("secret");

    private final FakeActions actions = new FakeActions();
    private final List<Socket> crowd = new ArrayList<>();
    private ControlServer server;
    private InetSocketAddress address;

    @BeforeEach
    void start() throws IOException {
        var snapshots = new FakeSnapshots();
        snapshots.setPools(FakeSnapshots.pool(new PoolStats("db", "alice")));
        var settings = new HttpSettings(
                "127.0.0.1", 0, () -> new AdminLogin("admin", "secret"), LIMITS, HttpSettings.Encryption.NONE);
        server = new ControlServer(settings, snapshots, new ProcessStats(), actions);
        address = server.start();
    }

    @AfterEach
    void stop() throws IOException {
        for (var socket : crowd) {
            socket.close();
        }
        server.close();
    }

    @Test
    void whoGuessesThePasswordKeepsNobodyOut() throws Exception {
        // given
        guessAsOftenAsAnAddressMay();
        orderAReloadThatTakesLong();

        // when
        var answer = answer(HEALTH);

        // then
        assertThat(answer).startsWith("HTTP/1.1 200");
    }

    @Test
    void whoGivesWayHasGuessedAllTheSame() throws Exception {
        // given
        guessAsOftenAsAnAddressMay();
        orderAReloadThatTakesLong();
        answer(HEALTH);

        // when
        var answer = answer(GUESS);

        // then: else each connection that is closed would let another guess in
        assertThat(answer).startsWith("HTTP/1.1 429");
    }

    private static String authorized(String password) {
        return "\r\nContent-Length: 0\r\nAuthorization: Basic "
                + Base64.getEncoder().encodeToString(("admin:" + password).getBytes(UTF_8)) + "\r\n\r\n";
    }

    private void guessAsOftenAsAnAddressMay() throws Exception {
        for (var i = 0; i < PER_ADDRESS; i++) {
            ask("127.0.0.1", GUESS);
        }
        while (!answer(METRICS).contains("_web_auth_failures_total{source=\"basic\"} " + PER_ADDRESS)) {
            Thread.onSpinWait();
        }
    }

    private void orderAReloadThatTakesLong() throws Exception {
        actions.nextAnswer = new CompletableFuture<>();
        ask("127.0.0.2", RELOAD);
        while (actions.reloadCount() == 0) {
            Thread.onSpinWait();
        }
    }

    private void ask(String from, String request) throws IOException {
        var socket = new Socket(address.getAddress(), address.getPort(), InetAddress.getByName(from), 0);
        crowd.add(socket);
        socket.getOutputStream().write(request.getBytes(UTF_8));
    }

    private String answer(String request) throws IOException {
        try (var socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }
}
