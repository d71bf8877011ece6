package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// A name server on loopback that knows a few names (RFC 1035, section 4), by UDP.
public final class DnsServer implements AutoCloseable {
    private static final int TYPE_A = 1;
    private static final int NAME_ERROR = 3;

    private final DatagramSocket socket;
    private final Map<String, Records> names = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean silent;

    private record Records(int ttlSeconds, List<String> addresses) {}

    private DnsServer(DatagramSocket socket) {
        this.socket = socket;
    }

    public static DnsServer start() {
        try {
            var server = new DnsServer(new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
            Thread.startVirtualThread(server::serve);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// `address:port`, as dns_servers wants it.
    public String address() {
        return "127.0.0.1:" + socket.getLocalPort();
    }

    /// From now on the name leads to these IPv4 addresses.
    public void tells(String name, int ttlSeconds, String... addresses) {
        names.put(name, new Records(ttlSeconds, List.of(addresses)));
    }

    /// From now on the name does not exist.
    public void forgets(String name) {
        names.remove(name);
    }

    /// Does not answer any more, or does again.
    public void setSilent(boolean on) {
        silent = on;
    }

    /// Questions so far.
    public int asked() {
        return asked.get();
    }

    private void serve() {
        var packet = new DatagramPacket(new byte[512], 512);
        while (!socket.isClosed()) {
            try {
                packet.setLength(512);
                socket.receive(packet);
                asked.incrementAndGet();
                if (!silent) {
                    byte[] reply = reply(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
                    socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private byte[] reply(ByteBuffer question) throws IOException {
        short id = question.getShort();
        question.position(12);
        var name = new StringBuilder();
        for (int length = question.get(); length > 0; length = question.get()) {
            for (int i = 0; i < length; i++) {
                name.append((char) question.get());
            }
            name.append('.');
        }
        name.setLength(Math.max(0, name.length() - 1));
        int type = question.getShort();
        int end = question.position() + 2;
        var known = names.get(name.toString());
        var told = known != null && type == TYPE_A ? known.addresses() : List.<String>of();
        var reply = ByteBuffer.allocate(512)
                .putShort(id)
                .putShort((short) (0x8580 | (known == null ? NAME_ERROR : 0)))
                .putShort((short) 1)
                .putShort((short) told.size())
                .putInt(0)
                .put(question.slice(12, end - 12));
        for (var address : told) {
            reply.putShort((short) 0xC00C) // the name of the question
                    .putShort((short) TYPE_A)
                    .putShort((short) 1)
                    .putInt(known == null ? 0 : known.ttlSeconds())
                    .putShort((short) 4)
                    .put(InetAddress.getByName(address).getAddress());
        }
        return java.util.Arrays.copyOf(reply.array(), reply.position());
    }

    @Override
    public void close() {
        socket.close();
    }
}
