package io.pgdoorman.pooler.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pgdoorman.pooler.stats.FakeSnapshots;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.ProcessStats;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A control server whose process is a fake.
abstract class ControlServerStage {
    static final Duration REQUEST = Duration.ofMillis(400);
    static final HttpSettings.Limits LIMITS =
            new HttpSettings.Limits(8, REQUEST, Duration.ofSeconds(20), Duration.ofSeconds(5), Duration.ofMillis(150));
    static final String LOGIN = basic("admin", "secret");

    final FakeActions actions = new FakeActions();
    final FakeSnapshots snapshots = new FakeSnapshots();
    final HttpClient client = HttpClient.newHttpClient();
    AdminLogin login = new AdminLogin("admin", "secret");
    ControlServer server;
    InetSocketAddress address;

    @BeforeEach
    void start() throws IOException {
        snapshots.setPools(FakeSnapshots.pool(new PoolStats("db", "alice")));
        var settings = new HttpSettings("127.0.0.1", 0, () -> login, LIMITS, HttpSettings.Encryption.NONE);
        server = new ControlServer(settings, snapshots, new ProcessStats(), actions);
        address = server.start();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    Socket connect() throws IOException {
        return new Socket(address.getAddress(), address.getPort());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    HttpResponse<String> post(String path, @Nullable String login, String body)
            throws IOException, InterruptedException {
        var request = request(path).POST(BodyPublishers.ofString(body));
        return send(login == null ? request : request.header("Authorization", login));
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.getPort() + path));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.timeout(Duration.ofSeconds(10)).build(), BodyHandlers.ofString());
    }

    static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    }
}
