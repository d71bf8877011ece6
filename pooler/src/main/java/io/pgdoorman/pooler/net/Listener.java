package io.pgdoorman.pooler.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The listening TCP socket; accepted channels are spread over the loops in turn.
public final class Listener {
    private final Channel channel;

    private Listener(Channel channel) {
        this.channel = channel;
    }

    /// Binds and starts to accept.
    ///
    /// @param settings asked for each accepted channel, so that a reload reaches new ones
    /// @param accepted gets each new channel on its own event loop, before it is read
    /// @throws IOException with address and reason when binding fails
    public static Listener bind(
            Loops loops, ListenSettings listen, Supplier<SocketSettings> settings, Consumer<Channel> accepted)
            throws IOException {
        var bootstrap = new ServerBootstrap()
                .group(loops.acceptor(), loops.group())
                .channel(loops.transport().serverSocket())
                .option(ChannelOption.SO_BACKLOG, listen.backlog())
                .option(ChannelOption.SO_REUSEADDR, true)
                .handler(new AcceptGuard())
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel child) {
                        settings.get().apply(child);
                        accepted.accept(child);
                    }
                });
        var bound = bootstrap
                .bind(new InetSocketAddress(InetAddress.getByName(listen.host()), listen.port()))
                .awaitUninterruptibly();
        Throwable cause = bound.cause();
        if (cause != null) {
            throw new IOException(
                    "cannot listen on " + listen.host() + ":" + listen.port() + ": " + reason(cause), cause);
        }
        return new Listener(bound.channel());
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
