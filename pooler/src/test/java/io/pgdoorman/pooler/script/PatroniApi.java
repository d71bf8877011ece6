package io.pgdoorman.pooler.script;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/// Something at the port of Patroni's REST API that answers as a test wants, byte for byte.
public final class PatroniApi implements AutoCloseable {
    private final Doorstep doorstep = new Doorstep(this::serve);
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private volatile Answer answer = _ -> {};
    private volatile @Nullable SSLSocketFactory tls;

    /// What is written behind a request; then the connection is closed.
    @FunctionalInterface
    public interface Answer {
        void to(OutputStream out) throws IOException;
    }

    /// One that knows these members.
    public static PatroniApi of(String... members) {
        var api = new PatroniApi();
        api.knows(members);
        return api;
    }

    /// A running member, as Patroni writes it.
    public static String member(String name, String role, int port) {
        return member(name, role, port, "\"lag\": 0");
    }

    /// @param more keys, as JSON
    public static String member(String name, String role, int port, String more) {
        return """
            {"name": "%s", "role": "%s", "state": "running", "api_url": "http://127.0.0.1:1/patroni", \
            "host": "127.0.0.1", "port": %d, "timeline": 1, %s}\
            """.formatted(name, role, port, more);
    }

    /// The answer with these members.
    public static String cluster(String... members) {
        return "{\"members\": [" + String.join(", ", members) + "], \"scope\": \"batman\"}";
    }

    public void knows(String... members) {
        answers(200, cluster(members));
    }

    public void answers(int status, String body) {
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        says("HTTP/1.0 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: " + length + "\r\n\r\n"
                + body);
    }

    public void says(String bytes) {
        does(out -> out.write(bytes.getBytes(StandardCharsets.UTF_8)));
    }

    public void does(Answer what) {
        answer = what;
    }

    /// Behind TLS from now on, with this certificate.
    public void shows(Papers papers) {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(papers.keyManagers(), null, null);
            tls = context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public URI url() {
        return URI.create((tls == null ? "http" : "https") + "://127.0.0.1:" + doorstep.port());
    }

    /// The first lines of all requests.
    public List<String> asked() {
        return List.copyOf(asked);
    }

    /// Several, as a list of the configuration.
    public static String urls(PatroniApi... apis) {
        return List.of(apis).stream().map(api -> "\"" + api.url() + "\"").collect(Collectors.joining(", ", "[", "]"));
    }

    private void serve(Socket plain) {
        try (var socket = behindTls(plain)) {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            var first = in.readLine();
            if (first == null) {
                return;
            }
            while (!in.readLine().isEmpty()) {
                // headers are of no interest
            }
            asked.add(first);
            answer.to(socket.getOutputStream());
        } catch (IOException gone) {
            // a client that has heard enough leaves
        }
    }

    private Socket behindTls(Socket plain) throws IOException {
        var factory = tls;
        if (factory == null) {
            return plain;
        }
        var socket = (SSLSocket) factory.createSocket(plain, null, plain.getPort(), true);
        socket.setUseClientMode(false);
        return socket;
    }

    /// Nobody is at its port any more, and whoever asks now learns nothing.
    @Override
    public void close() {
        doorstep.close();
    }
}
