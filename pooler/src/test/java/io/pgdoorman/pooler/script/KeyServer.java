package io.pgdoorman.pooler.script;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// A web server with the keys of an issuer, such as an identity provider or the API server of Kubernetes.
public final class KeyServer implements AutoCloseable {
    /// Where Kubernetes has its keys.
    public static final String PATH = "/openid/v1/jwks";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile Answer answer = new Answer(200, "{}");
    private volatile @Nullable String bearer;

    private record Answer(int status, String body) {}

    private KeyServer(HttpServer server) {
        this.server = server;
        server.createContext("/", this::serve);
        server.setExecutor(threads);
        server.start();
    }

    /// One with that certificate, at `https://127.0.0.1`.
    public static KeyServer https(Papers papers) {
        try {
            var server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("key", papers.key(), new char[0], new Certificate[] {papers.certificate()});
            var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            var context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            server.setHttpsConfigurator(new HttpsConfigurator(context));
            return new KeyServer(server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /// From now on it says that.
    public void answers(int status, String body) {
        answer = new Answer(status, body);
    }

    /// From now on it wants that token.
    public void demands(String token) {
        bearer = token;
    }

    /// Requests so far.
    public int requests() {
        return requests.get();
    }

    /// Where the keys are.
    public String url() {
        return "https://127.0.0.1:" + server.getAddress().getPort() + PATH;
    }

    private void serve(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        var wanted = bearer;
        var given = exchange.getRequestHeaders().getFirst("Authorization");
        var said = wanted != null && !("Bearer " + wanted).equals(given) ? new Answer(401, "{}") : answer;
        var body = said.body().getBytes(StandardCharsets.UTF_8);
        if (said.status() == 302) {
            exchange.getResponseHeaders().add("Location", "/elsewhere");
        }
        exchange.sendResponseHeaders(said.status(), body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
