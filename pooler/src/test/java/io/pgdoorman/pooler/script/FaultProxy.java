package io.pgdoorman.pooler.script;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// A proxy on loopback before PostgreSQL that breaks connections where the test says; it also leads from TCP to a Unix
/// socket. Each fault is for one connection, the next to come; the others are carried as they are.
public final class FaultProxy implements AutoCloseable {
    private final SocketAddress target;
    private final ServerSocketChannel listener;
    private final Queue<Fault> faults = new ArrayDeque<>();
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final Set<SocketChannel> halves = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger struck = new AtomicInteger();
    private final AtomicLong toServer = new AtomicLong();
    private final AtomicLong toClient = new AtomicLong();
    private volatile boolean silent;

    /// Where the bytes go.
    public enum Direction {
        TO_SERVER,
        TO_CLIENT
    }

    /// What happens at that place.
    public enum Kind {
        /// Both sides see a reset.
        RESET,
        /// Both sides see an orderly end.
        CLOSE,
        /// Nothing comes through any more, and nobody is told.
        BLACKHOLE,
        /// What follows comes 50 ms later.
        DELAY
    }

    /// One fault.
    ///
    /// @param after bytes that still come through in that direction
    public record Fault(Direction direction, long after, Kind kind) {}

    private FaultProxy(SocketAddress target, ServerSocketChannel listener) {
        this.target = target;
        this.listener = listener;
    }

    /// A proxy before that address.
    public static FaultProxy before(SocketAddress target) {
        return before(target, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    /// A proxy before the shared PostgreSQL, at that address of this machine.
    public static FaultProxy before(SocketAddress target, InetSocketAddress at) {
        try {
            var listener = ServerSocketChannel.open();
            listener.bind(at);
            var proxy = new FaultProxy(target, listener);
            Thread.startVirtualThread(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listener.socket().getLocalPort();
    }

    /// The next connection gets this.
    public void next(Fault fault) {
        synchronized (faults) {
            faults.add(fault);
        }
    }

    /// Forgets what has not struck.
    public void calm() {
        synchronized (faults) {
            faults.clear();
        }
    }

    /// How many faults have struck.
    public int struck() {
        return struck.get();
    }

    /// Connections so far.
    public int accepted() {
        return accepted.get();
    }

    /// Connections that are open now, both ends counted.
    public long openEnds() {
        return open.stream().filter(SocketChannel::isOpen).count();
    }

    /// Bytes carried so far.
    public long carried(Direction direction) {
        return (direction == Direction.TO_SERVER ? toServer : toClient).get();
    }

    /// From now on nothing comes through, on open connections as on new ones, and nobody is told; or all does again.
    public void setSilent(boolean on) {
        silent = on;
    }

    /// Ends all open connections by a reset.
    public void resetAll() {
        open.forEach(FaultProxy::reset);
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                carry(listener.accept());
            } catch (IOException _) {
                return; // closed
            }
        }
    }

    private void carry(SocketChannel client) {
        accepted.incrementAndGet();
        open.add(client);
        Fault fault;
        synchronized (faults) {
            fault = faults.poll();
        }
        try {
            var server = SocketChannel.open(target);
            open.add(server);
            if (target instanceof InetSocketAddress) {
                server.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            Thread.startVirtualThread(() -> pump(client, server, Direction.TO_SERVER, fault));
            Thread.startVirtualThread(() -> pump(server, client, Direction.TO_CLIENT, fault));
        } catch (IOException _) {
            reset(client);
        }
    }

    private void pump(SocketChannel from, SocketChannel to, Direction direction, Fault fault) {
        var counter = direction == Direction.TO_SERVER ? toServer : toClient;
        long left = fault != null && fault.direction() == direction ? fault.after() : Long.MAX_VALUE;
        var buffer = ByteBuffer.allocate(1 << 14);
        try {
            if (left == 0) {
                strike(fault, from, to);
                left = Long.MAX_VALUE;
            }
            while (from.read(buffer.clear()) >= 0) {
                buffer.flip();
                while (silent) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
                }
                int all = buffer.limit();
                if (all >= left) {
                    buffer.limit((int) left);
                    write(to, buffer);
                    counter.addAndGet(left);
                    strike(fault, from, to);
                    buffer.limit(all);
                    left = Long.MAX_VALUE;
                }
                counter.addAndGet(buffer.remaining());
                write(to, buffer);
                left -= left == Long.MAX_VALUE ? 0 : all;
            }
            to.shutdownOutput();
            if (!halves.add(from) || halves.contains(to)) {
                from.close();
                to.close();
            }
        } catch (IOException _) {
            reset(from);
            reset(to);
        } finally {
            if (!to.isOpen() || !from.isOpen()) {
                open.removeAll(List.of(from, to));
                halves.removeAll(List.of(from, to));
            }
        }
    }

    private void strike(Fault fault, SocketChannel from, SocketChannel to) throws IOException {
        struck.incrementAndGet();
        switch (fault.kind()) {
            case RESET -> {
                reset(from);
                reset(to);
            }
            case CLOSE -> {
                to.close();
                from.close();
            }
            case BLACKHOLE -> {
                var buffer = ByteBuffer.allocate(1 << 14);
                int read;
                do {
                    read = from.read(buffer.clear());
                } while (read >= 0);
                throw new IOException("the end of a black hole");
            }
            case DELAY -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    private static void write(SocketChannel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            var _ = to.write(bytes);
        }
    }

    private static void reset(SocketChannel channel) {
        try {
            if (channel.isOpen()) {
                if (channel.getLocalAddress() instanceof InetSocketAddress) {
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                }
                channel.close();
            }
        } catch (IOException _) {
            // it is closed by the other pump at this moment
        }
    }

    @Override
    public void close() {
        try {
            silent = false;
            listener.close();
            for (var channel : open) {
                channel.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
