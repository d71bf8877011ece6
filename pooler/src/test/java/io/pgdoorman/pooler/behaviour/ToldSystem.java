package io.pgdoorman.pooler.behaviour;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pgdoorman.pooler.script.Doorstep;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A system whose ident server says what it is told to, or nothing.
final class ToldSystem implements AutoCloseable {
    static final int PORT = 113;

    private final Doorstep doorstep;
    private final AtomicInteger asked = new AtomicInteger();
    private final @Nullable String answer;

    /// @param answer to each question; null for none
    ToldSystem(InetAddress at, @Nullable String answer) {
        this.answer = answer;
        doorstep = new Doorstep(new InetSocketAddress(at, PORT), this::serve);
    }

    private void serve(Socket socket) {
        asked.incrementAndGet();
        try (socket) {
            // the question is one packet, and is read so that closing resets nothing
            var _ = socket.getInputStream().read(new byte[100]);
            if (answer == null) {
                socket.getInputStream().readAllBytes();
            } else {
                socket.getOutputStream().write(answer.getBytes(UTF_8));
            }
        } catch (IOException _) {
            // closed
        }
    }

    int asked() {
        return asked.get();
    }

    @Override
    public void close() {
        doorstep.close();
    }
}
