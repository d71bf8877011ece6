package io.pgdoorman.e2e.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// One address of poolers that follow each other, as a Service is in a cluster: who connects comes to the
/// pooler that is the current one then, and stays there.
public final class LocalService implements AutoCloseable {

    private static final int BUFFER = 16 * 1024;

    private final ServerSocket door;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile int target;

    /// @param target a port of 127.0.0.1
    public LocalService(int target) {
        this.target = target;
        try {
            door = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("service").start(this::accept);
    }

    public int port() {
        return door.getLocalPort();
    }

    /// Who connects from now on comes to this port.
    public void leadTo(int port) {
        target = port;
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                var client = door.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> join(client));
            } catch (IOException _) {
                return; // it was closed
            }
        }
    }

    private void join(Socket client) {
        try (client;
                var server = new Socket()) {
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
            var back = Thread.ofVirtual().start(() -> copy(server, client));
            copy(client, server);
            back.join();
        } catch (IOException _) {
            // nobody listens there, or the client has gone: closing tells the other side
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    /// All bytes up to the end of one side, which the other one gets to see.
    private static void copy(Socket from, Socket to) {
        var bytes = new byte[BUFFER];
        try {
            var in = from.getInputStream();
            var out = to.getOutputStream();
            for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
                out.write(bytes, 0, length);
            }
            to.shutdownOutput();
        } catch (SocketException _) {
            close(from);
            close(to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open.forEach(LocalService::close);
    }
}
