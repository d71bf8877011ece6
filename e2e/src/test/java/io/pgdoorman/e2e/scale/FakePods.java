package io.pgdoorman.e2e.scale;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A kubelet and poolers that cost next to nothing: each pod of a pool is said to be ready at an address of its own in
/// 127.0.0.0/8, where one server answers for all of them as poolers do. Their volumes are as fresh as a watch.
final class FakePods implements AutoCloseable {

    private static final int PORT = 9127;
    private static final String MINE = "labelSelector=app.kubernetes.io/managed-by%3Dpgdoorman-operator";
    private static final String CONFIG = "-config";

    private record Version(String hash, long generation) {}

    private static final class FakePod {
        final String pool;

        @Nullable
        volatile Version loaded;

        FakePod(String pool) {
            this.pool = pool;
        }
    }

    private final Api api;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, FakePod> byAddress = new ConcurrentHashMap<>();
    private final Map<String, String> addresses = new ConcurrentHashMap<>();
    private final Map<String, Version> volumes = new ConcurrentHashMap<>();
    private final AtomicInteger last = new AtomicInteger();
    private final AtomicLong leaders = new AtomicLong(-1);
    private final Thread configs;
    private final Thread pods;

    FakePods(Api api) throws IOException {
        this.api = api;
        server = HttpServer.create(new InetSocketAddress("0.0.0.0", PORT), 1_024);
        server.setExecutor(threads);
        server.createContext("/api/admin/state", this::state);
        server.createContext("/api/admin/reload", this::reload);
        server.start();
        configs = api.watch("/api/v1/configmaps?" + MINE, this::config);
        pods = api.watch("/api/v1/pods?" + MINE, this::pod);
    }

    private void config(String event, JsonNode object) {
        var name = object.at("/metadata/name").asText();
        if (!name.endsWith(CONFIG) || event.equals("DELETED")) {
            return;
        }
        try {
            var meta = Api.JSON.readTree(object.at("/data/meta.json").asText());
            volumes.put(
                    key(object, name.substring(0, name.length() - CONFIG.length())),
                    new Version(
                            meta.path("hash").asText(), meta.path("generation").asLong()));
        } catch (IOException e) {
            throw new AssertionError("meta.json of " + name, e);
        }
    }

    private static String key(JsonNode object, String name) {
        return object.at("/metadata/namespace").asText() + "/" + name;
    }

    private void pod(String event, JsonNode pod) {
        var uid = pod.at("/metadata/uid").asText();
        if (event.equals("DELETED")) {
            var address = addresses.remove(uid);
            if (address != null) {
                byAddress.remove(address);
            }
        } else if (!addresses.containsKey(uid)) {
            var number = last.incrementAndGet();
            var address = "127.%d.%d.%d".formatted(100 + number / 62_500, number / 250 % 250, 1 + number % 250);
            addresses.put(uid, address);
            byAddress.put(
                    address,
                    new FakePod(key(
                            pod, pod.at("/metadata/labels/pgdoorman.io~1pool").asText())));
            threads.execute(() -> run(pod, address));
        }
    }

    private void run(JsonNode pod, String address) {
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        api.patch(
                "/api/v1/namespaces/" + pod.at("/metadata/namespace").asText() + "/pods/"
                        + pod.at("/metadata/name").asText() + "/status",
                """
                {"status": {"phase": "Running", "podIP": "%1$s", "podIPs": [{"ip": "%1$s"}], "startTime": "%2$s",
                  "conditions": [
                    {"type": "Ready", "status": "True", "lastTransitionTime": "%2$s"},
                    {"type": "ContainersReady", "status": "True", "lastTransitionTime": "%2$s"}]}}
                """.formatted(address, now));
    }

    /// What a pod runs, by its uid; empty if nothing yet.
    String loadedHash(String uid) {
        var address = addresses.get(uid);
        var pod = address == null ? null : byAddress.get(address);
        var live = pod == null ? null : pod.loaded;
        return live == null ? "" : live.hash();
    }

    /// The newest leader that a pod heard.
    long newestLeader() {
        return leaders.get();
    }

    private static long leader(HttpExchange exchange) {
        var epoch = exchange.getRequestHeaders().getFirst("Doorman-Leader-Epoch");
        return epoch == null ? -1 : Long.parseLong(epoch);
    }

    private void state(HttpExchange exchange) throws IOException {
        leaders.accumulateAndGet(leader(exchange), Math::max);
        var pod = podOf(exchange);
        if (pod == null) {
            answer(exchange, 503, "{}");
            return;
        }
        var live = loaded(pod);
        answer(exchange, 200, live == null ? """
            {"version": "fake", "state": "starting"}\
            """ : """
                {"version": "fake", "state": "ready", "loadedHash": "%s", "generation": %d}\
                """.formatted(live.hash(), live.generation()));
    }

    /// A pod that has loaded nothing yet boots with what its volume says.
    private @Nullable Version loaded(FakePod pod) {
        var live = pod.loaded;
        if (live == null) {
            live = volumes.get(pod.pool);
            pod.loaded = live;
        }
        return live;
    }

    private @Nullable FakePod podOf(HttpExchange exchange) {
        return byAddress.get(exchange.getLocalAddress().getAddress().getHostAddress());
    }

    private void reload(HttpExchange exchange) throws IOException {
        var order = Api.JSON.readTree(exchange.getRequestBody());
        var pod = Objects.requireNonNull(podOf(exchange));
        var live = loaded(pod);
        var volume = volumes.get(pod.pool);
        var newest = leaders.get();
        if (leader(exchange) >= 0 && leader(exchange) < newest) {
            answer(exchange, 412, "{\"leaderEpoch\": %d}".formatted(newest));
        } else if (volume == null || !volume.hash().equals(order.path("hash").asText())) {
            answer(exchange, 409, "{}");
        } else if (live != null && order.path("generation").asLong() < live.generation()) {
            answer(exchange, 412, "{\"generation\": %d}".formatted(live.generation()));
        } else {
            pod.loaded = new Version(volume.hash(), order.path("generation").asLong());
            answer(
                    exchange,
                    200,
                    "{\"hash\": \"%s\", \"generation\": %d}"
                            .formatted(volume.hash(), order.path("generation").asLong()));
        }
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        var bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.getRequestBody().close();
        exchange.sendResponseHeaders(status, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    @Override
    public void close() {
        configs.interrupt();
        pods.interrupt();
        server.stop(0);
        threads.shutdownNow();
    }
}
