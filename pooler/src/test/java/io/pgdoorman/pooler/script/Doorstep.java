package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// A port of loopback where each connection gets a thread; all of them end with it.
final class Doorstep implements AutoCloseable {
    private final ServerSocket listener;
    private final Consumer<Socket> served;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    Doorstep(Consumer<Socket> served) {
        this.served = served;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.startVirtualThread(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /// Ends with it as well.
    void owns(Socket socket) {
        open.add(socket);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var socket = listener.accept();
                open.add(socket);
                Thread.startVirtualThread(() -> {
                    try {
                        served.accept(socket);
                    } finally {
                        open.remove(socket);
                    }
                });
            } catch (IOException _) {
                return;
            }
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (var socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
