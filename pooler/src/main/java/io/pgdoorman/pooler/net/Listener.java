package io.pgdoorman.pooler.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The listening TCP socket; accepted channels are spread over the loops of the doors in turn.
public final class Listener {
    private final Channel channel;
    private final AcceptGate gate;

    private Listener(Channel channel, AcceptGate gate) {
        this.channel = channel;
        this.gate = gate;
    }

    /// Binds and starts to accept.
    ///
    /// @param settings asked for each accepted channel, so that a reload reaches new ones
    /// @param accepted gets each new channel on its own event loop, before it is read
    /// @throws IOException with address and reason when binding fails
    public static Listener bind(
            Loops loops, ListenSettings listen, Supplier<SocketSettings> settings, Consumer<Channel> accepted)
            throws IOException {
        var gate = new AcceptGate(loops, settings, accepted);
        var bound = gate.bootstrapOfTcp(loops)
                .option(ChannelOption.SO_BACKLOG, listen.backlog())
                .option(ChannelOption.SO_REUSEADDR, true)
                .bind(new InetSocketAddress(InetAddress.getByName(listen.host()), listen.port()))
                .awaitUninterruptibly();
        Throwable cause = bound.cause();
        if (cause != null) {
            throw new IOException(
                    "cannot listen on " + listen.host() + ":" + listen.port() + ": " + reason(cause), cause);
        }
        return new Listener(bound.channel(), gate);
    }

    /// Takes over a socket that listens already; nothing is accepted before [#accept].
    static Listener adopt(
            Loops loops, FileDescriptor socket, Supplier<SocketSettings> settings, Consumer<Channel> accepted)
            throws IOException {
        var gate = new AcceptGate(loops, settings, accepted);
        return new Listener(gate.adopt(loops, () -> new EpollServerSocketChannel(socket.intValue())), gate);
    }

    /// Accepts connections, or leaves them in the kernel's queue.
    void accept(boolean on) {
        gate.open(channel, on);
    }

    /// Of the socket, for another process.
    FileDescriptor descriptor() {
        return AcceptGate.descriptor(channel);
    }

    private static @Nullable String reason(Throwable cause) {
        return cause.getMessage();
    }

    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    public void close() {
        channel.close().awaitUninterruptibly();
    }

    /// @param host an address literal or a name that resolves to one of this machine's addresses
    /// @param backlog length of the kernel's queue of connections not yet accepted
    public record ListenSettings(String host, int port, int backlog) {}
}
