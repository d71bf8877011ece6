package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Stands between pooler and PostgreSQL on loopback, carries all bytes, and remembers how each connection began.
public final class WireTap implements AutoCloseable {
    private static final int SSL_REQUEST = 80_877_103;
    private static final int CANCEL_REQUEST = 80_877_102;

    private final Doorstep doorstep = new Doorstep(this::carry);
    private final int target;
    private final List<String> beginnings = new CopyOnWriteArrayList<>();

    private WireTap(int target) {
        this.target = target;
    }

    /// Before the server of that port.
    public static WireTap before(int port) {
        return new WireTap(port);
    }

    public int port() {
        return doorstep.port();
    }

    /// For each connection in their order: `tls` when TLS was asked for, `cancel` or `startup` when that came in clear.
    public List<String> beginnings() {
        return beginnings;
    }

    private void carry(Socket client) {
        try (client;
                var server = new Socket(InetAddress.getLoopbackAddress(), target)) {
            doorstep.owns(server);
            var first = client.getInputStream().readNBytes(8);
            if (first.length == 8) {
                beginnings.add(
                        switch (ByteBuffer.wrap(first).getInt(4)) {
                            case SSL_REQUEST -> "tls";
                            case CANCEL_REQUEST -> "cancel";
                            default -> "startup";
                        });
            }
            server.getOutputStream().write(first);
            Thread.startVirtualThread(() -> pass(server, client));
            pump(client.getInputStream(), server.getOutputStream());
            server.shutdownOutput();
        } catch (IOException _) {
            // either side may end a connection as it likes
            return;
        }
    }

    private static void pass(Socket from, Socket to) {
        try {
            pump(from.getInputStream(), to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException _) {
            // either side may end a connection as it likes
            return;
        }
    }

    private static void pump(InputStream from, OutputStream to) throws IOException {
        var buffer = new byte[16_384];
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
            to.write(buffer, 0, read);
        }
    }

    @Override
    public void close() {
        doorstep.close();
    }
}
