package io.pgdoorman.e2e.scale;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.function.BiConsumer;

/// The API server as HTTP and JSON, for more requests than one would start a kubectl for.
final class Api implements AutoCloseable {

    static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofMinutes(1);

    /// For the head of a watch's answer. A request that meets an API server which is just coming back may never get
    /// one.
    private static final Duration WATCH_LIMIT = Duration.ofSeconds(5);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String base;

    Api(int port) {
        this.base = "http://127.0.0.1:" + port;
    }

    static String pools(String namespace) {
        return "/apis/pgdoorman.io/v1alpha1/namespaces/" + namespace + "/doormanpools";
    }

    static String secrets(String namespace) {
        return "/api/v1/namespaces/" + namespace + "/secrets";
    }

    JsonNode get(String path) {
        return send(request(path).GET());
    }

    void create(String path, String body) {
        send(request(path).header("Content-Type", "application/yaml").POST(BodyPublishers.ofString(body)));
    }

    void patch(String path, String merge) {
        send(request(path)
                .header("Content-Type", "application/merge-patch+json")
                .method("PATCH", BodyPublishers.ofString(merge)));
    }

    /// Server-side apply by the only owner of the object: fields that it names no more go.
    void apply(String path, JsonNode object) {
        send(request(path + "?fieldManager=owner&force=true")
                .header("Content-Type", "application/apply-patch+yaml")
                .method("PATCH", BodyPublishers.ofString(object.toString())));
    }

    void delete(String path) {
        send(request(path).DELETE());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(LIMIT);
    }

    private JsonNode send(HttpRequest.Builder builder) {
        var request = builder.build();
        try {
            var answer = client.send(request, BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new AssertionError(
                        request.method() + " " + request.uri() + ": " + answer.statusCode() + " " + answer.body());
            }
            return JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError(request.method() + " " + request.uri(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /// Tells what there is and what changes, until the thread is interrupted. `path` ends with `?` or a selector.
    Thread watch(String path, BiConsumer<String, JsonNode> told) {
        return Thread.ofVirtual().name("watch " + path).start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                watchOnce(path, told);
            }
        });
    }

    private void watchOnce(String path, BiConsumer<String, JsonNode> told) {
        var request = HttpRequest.newBuilder(URI.create(base + path + "&watch=true"))
                .timeout(WATCH_LIMIT)
                .GET()
                .build();
        try {
            var answer = client.send(request, BodyHandlers.ofLines());
            try (var lines = answer.body()) {
                for (var line : (Iterable<String>) lines::iterator) {
                    var event = JSON.readTree(line);
                    told.accept(event.path("type").asText(), event.path("object"));
                }
            }
        } catch (IOException | UncheckedIOException _) {
            // The API server went away: begin anew, which tells all again.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
