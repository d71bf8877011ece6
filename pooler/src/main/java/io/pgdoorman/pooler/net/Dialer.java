package io.pgdoorman.pooler.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Opens connections on a chosen loop, by TCP or by a Unix socket.
public final class Dialer {
    private final Loops loops;
    private final Names names;

    public Dialer(Loops loops, Names names) {
        this.loops = loops;
        this.names = names;
    }

    public Loops loops() {
        return loops;
    }

    /// Finds the addresses of a host.
    ///
    /// @param done called on the loop: now, or when they are known
    public void resolve(Loop loop, String host, Consumer<Names.Answer> done) {
        names.resolve(host, answer -> loop.run(() -> done.accept(answer)));
    }

    public SocketAddress address(InetAddress host, int port) {
        return new InetSocketAddress(host, port);
    }

    /// The address of a Unix socket, in the words of this transport.
    public SocketAddress address(Path socketFile) {
        return loops.transport().unixAddress(socketFile);
    }

    /// Connects; the handler is in the pipeline before the connection is made.
    ///
    /// @param failed called on the loop when connecting fails; else the handler's channelActive tells
    public void dial(Loop loop, Target target, ChannelHandler handler, Consumer<Throwable> failed) {
        boolean tcp = target.address() instanceof InetSocketAddress;
        var connecting = new Bootstrap()
                .group(loop.executor())
                .channel(tcp ? loops.transport().socket() : loops.transport().unixSocket())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, target.connectTimeoutMillis())
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        target.socket().apply(channel);
                        channel.pipeline().addLast(handler);
                    }
                })
                .connect(target.address());
        var _ = connecting.addListener(done -> {
            Throwable cause = done.cause();
            if (cause != null) {
                loop.run(() -> failed.accept(cause));
            }
        });
    }

    /// @param connectTimeoutMillis limit of the TCP handshake
    public record Target(SocketAddress address, int connectTimeoutMillis, SocketSettings socket) {}
}
