package io.pgdoorman.operator.reconcile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the names of the Secrets, or of another kind, of a namespace that change, and learns nothing else of them:
/// it asks for a table of names, as `kubectl get` does, so that what is in the Secrets of others never comes
/// here, not even in an annotation.
///
/// A watch of the client library is a connection of its own, with TLS, some 200 KiB of heap; this one is a
/// stream beside others of one connection.
final class NameWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(NameWatch.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

    /// After which the API server ends a watch, and, later, after which we no longer believe that it lives.
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final Duration ANSWER = Duration.ofSeconds(20);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    /// A row of a table is some hundred bytes.
    private static final int LONGEST_LINE = 1 << 20;

    /// Who wants to know. Called on threads of the HTTP client, which must not wait.
    interface Listener {
        /// One was made, changed or deleted.
        void changed(String name);

        /// What happened for a while is unknown: any may have changed.
        void missed();
    }

    /// Where the API server has a kind.
    ///
    /// @param api `api/v1`, or `apis/`, group and version
    record Kind(String api, String plural) {}

    private final KubernetesClient client;
    private final String namespace;
    private final Kind kind;
    private final Listener listener;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    /// All changes before this version of the namespace's Secrets were told; null when that is not known.
    private volatile @Nullable String version;

    /// After the next failure; of the watching thread alone.
    private Duration pause = FIRST_PAUSE;

    private NameWatch(KubernetesClient client, String namespace, Kind kind, Listener listener) {
        this.client = client;
        this.namespace = namespace;
        this.kind = kind;
        this.listener = listener;
    }

    /// Begins; what is read of the namespace from now on is told when it changes.
    ///
    /// @param kind of Kubernetes' own, as in the API server's paths: `secrets` or `configmaps`
    static NameWatch begin(KubernetesClient client, String namespace, String kind, Listener listener) {
        var watch = new NameWatch(client, namespace, new Kind("api/v1", kind), listener);
        watch.version = watch.newestVersion();
        return watch.started();
    }

    /// Begins in a while, of a kind that may have gone by then: all may have changed before.
    static NameWatch follow(KubernetesClient client, String namespace, Kind kind, Listener listener) {
        return new NameWatch(client, namespace, kind, listener).started();
    }

    private NameWatch started() {
        Thread.ofVirtual().name("names-" + kind.plural() + "-" + namespace).start(this::watch);
        return this;
    }

    private void watch() {
        pause = FIRST_PAUSE;
        while (!closed.isDone()) {
            try {
                if (version == null) {
                    version = newestVersion();
                    listener.missed();
                }
                watchOnce();
            } catch (KubernetesClientException e) {
                LOG.atDebug()
                        .addKeyValue("namespace", namespace)
                        .addKeyValue("reason", e.getMessage())
                        .log("watch of names begins anew");
                pause(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }

    /// Unless it is closed meanwhile.
    private void pause(Duration pause) {
        try {
            closed.get(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            // It is not closed.
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("nobody interrupts a watch", e);
        }
    }

    /// The version of what there is now; one row is as good as all.
    private String newestVersion() {
        var answer = wait(client.getHttpClient().sendAsync(request("limit=1"), InputStream.class), ANSWER);
        try (var body = answer.body()) {
            refuse(answer.code());
            return JSON.readTree(body).at("/metadata/resourceVersion").asText();
        } catch (IOException e) {
            throw new KubernetesClientException("the names of " + kind.plural() + " could not be read", e);
        }
    }

    /// Until the API server ends it, in peace or not.
    private void watchOnce() {
        var answer = wait(
                client.getHttpClient()
                        .consumeBytes(
                                request("watch=true&allowWatchBookmarks=true&timeoutSeconds=" + LONGEST.toSeconds()
                                        + "&resourceVersion=" + version),
                                new Lines()),
                ANSWER);
        var body = answer.body();
        try {
            refuse(answer.code());
            pause = FIRST_PAUSE; // However it ends: a proxy may cut each watch, and none may then be missed for long.
            body.consume();
            wait(CompletableFuture.anyOf(body.done(), closed), LONGEST.plus(GRACE));
        } finally {
            body.cancel();
        }
    }

    /// A version that the API server does not serve is of no use; nor is one that it may not have understood.
    private void refuse(int code) {
        if (code != HttpURLConnection.HTTP_OK) {
            version = null;
            throw new KubernetesClientException(
                    "the names of " + kind.plural() + " of " + namespace + " are refused: HTTP " + code);
        }
    }

    private HttpRequest request(String query) {
        return client.getHttpClient()
                .newHttpRequestBuilder()
                .uri(client.getConfiguration().getMasterUrl() + kind.api() + "/namespaces/" + namespace + "/"
                        + kind.plural() + "?includeObject=None&" + query)
                .setHeader("Accept", TABLE)
                .forStreaming()
                .build();
    }

    private static <T> T wait(CompletableFuture<T> future, Duration limit) {
        try {
            return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KubernetesClientException("the API server does not tell names", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("interrupted", e);
        }
    }

    /// One event per line. Called by one thread at a time.
    private final class Lines implements AsyncBody.Consumer<List<ByteBuffer>> {

        private final ByteArrayOutputStream begun = new ByteArrayOutputStream();

        @Override
        public void consume(List<ByteBuffer> bytes, AsyncBody body) throws IOException {
            for (var buffer : bytes) {
                while (buffer.hasRemaining()) {
                    take(buffer.get());
                }
            }
            body.consume();
        }

        private void take(byte octet) throws IOException {
            if (octet == '\n') {
                event(JSON.readTree(begun.toByteArray()));
                begun.reset();
            } else if (begun.size() < LONGEST_LINE) {
                begun.write(octet);
            } else {
                throw new IOException("a change of a name takes more than " + LONGEST_LINE + " bytes");
            }
        }
    }

    private void event(JsonNode event) {
        var object = event.path("object");
        if (event.path("type").asText().equals("ERROR")) {
            version = null;
            return;
        }
        object.path("rows").forEach(row -> listener.changed(row.at("/cells/0").asText()));
        var newer = object.at("/metadata/resourceVersion").asText();
        if (!newer.isEmpty()) {
            version = newer;
        }
    }

    @Override
    public void close() {
        closed.complete(null);
    }
}
