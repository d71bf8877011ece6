package io.pgdoorman.pooler.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.function.Consumer;

/// Opens TCP connections on a chosen loop.
public final class Dialer {
    private final Loops loops;

    public Dialer(Loops loops) {
        this.loops = loops;
    }

    public Loops loops() {
        return loops;
    }

    /// Connects; the handler is in the pipeline before the connection is made.
    ///
    /// @param failed called on the loop when resolving or connecting fails; else the handler's channelActive tells
    public void dial(Loop loop, Target target, ChannelHandler handler, Consumer<Throwable> failed) {
        if (isLiteral(target.host())) {
            resolve(loop, target, handler, failed);
        } else {
            // The JDK's resolver blocks; names must not stop an event loop.
            Thread.startVirtualThread(() -> resolve(loop, target, handler, failed));
        }
    }

    private void resolve(Loop loop, Target target, ChannelHandler handler, Consumer<Throwable> failed) {
        try {
            var address = new InetSocketAddress(InetAddress.getByName(target.host()), target.port());
            connect(loop, address, target, handler, failed);
        } catch (UnknownHostException unknown) {
            loop.run(() -> failed.accept(new UnknownHostException("unknown host \"" + target.host() + "\"")));
        }
    }

    private void connect(
            Loop loop, InetSocketAddress address, Target target, ChannelHandler handler, Consumer<Throwable> failed) {
        var connecting = new Bootstrap()
                .group(loop.executor())
                .channel(loops.transport().socket())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, target.connectTimeoutMillis())
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        target.socket().apply(channel);
                        channel.pipeline().addLast(handler);
                    }
                })
                .connect(address);
        var _ = connecting.addListener(done -> {
            Throwable cause = done.cause();
            if (cause != null) {
                failed.accept(cause);
            }
        });
    }

    private static boolean isLiteral(String host) {
        return NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host);
    }

    /// @param connectTimeoutMillis limit of the TCP handshake
    public record Target(String host, int port, int connectTimeoutMillis, SocketSettings socket) {}
}
