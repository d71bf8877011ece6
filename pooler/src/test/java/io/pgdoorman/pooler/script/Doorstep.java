package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// A port where each connection gets a thread; all of them end with it.
public final class Doorstep implements AutoCloseable {
    private final ServerSocket listener;
    private final Consumer<Socket> served;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    /// At any port of loopback.
    public Doorstep(Consumer<Socket> served) {
        this(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), served);
    }

    public Doorstep(InetSocketAddress at, Consumer<Socket> served) {
        this.served = served;
        try {
            listener = new ServerSocket(at.getPort(), 200, at.getAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.startVirtualThread(this::accept);
    }

    public int port() {
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
