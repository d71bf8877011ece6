package io.pgdoorman.pooler.behaviour;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// A system whose ident server says what it is told to, or nothing.
final class ToldSystem implements AutoCloseable {
    static final int PORT = 113;

    private final ServerSocket door;
    private final List<Socket> asked = new CopyOnWriteArrayList<>();
    private final @Nullable String answer;

    /// @param answer to each question; null for none
    ToldSystem(InetAddress at, @Nullable String answer) throws IOException {
        this.answer = answer;
        door = new ServerSocket(PORT, 200, at);
        Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
        try {
            while (true) {
                var socket = door.accept();
                asked.add(socket);
                if (answer != null) {
                    // the question is one packet, and is read so that closing resets nothing
                    socket.getInputStream().read(new byte[100]);
                    socket.getOutputStream().write(answer.getBytes(UTF_8));
                    socket.close();
                }
            }
        } catch (IOException _) {
            // closed
        }
    }

    int asked() {
        return asked.size();
    }

    @Override
    public void close() throws IOException {
        door.close();
        for (var socket : asked) {
            socket.close();
        }
    }
}
