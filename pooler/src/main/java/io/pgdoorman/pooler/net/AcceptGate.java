package io.pgdoorman.pooler.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a listening socket does with the connections it accepts, and whether it accepts any. Belongs to one socket.
final class AcceptGate {
    private final AcceptGuard guard;
    private final Supplier<SocketSettings> settings;
    private final Consumer<Channel> accepted;

    /// What accepted sockets have from the one that listens.
    private volatile @Nullable SocketSettings handedOn;

    /// @param settings asked for each accepted channel, so that a reload reaches new ones
    /// @param accepted gets each new channel on its own event loop, before it is read
    AcceptGate(Loops loops, Supplier<SocketSettings> settings, Consumer<Channel> accepted) {
        this.guard = new AcceptGuard(loops::afterTurn);
        this.settings = settings;
        this.accepted = accepted;
    }

    ServerBootstrap bootstrap(Loops loops) {
        return new ServerBootstrap()
                .group(loops.doors())
                .handler(guard)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel child) {
                        var now = settings.get();
                        if (now.equals(handedOn)) {
                            now.applyToHeir(child);
                        } else {
                            now.apply(child);
                        }
                        accepted.accept(child);
                    }
                });
    }

    /// A socket of TCP that will listen.
    ServerBootstrap bootstrapOfTcp(Loops loops) {
        var bootstrap = bootstrap(loops).channel(loops.transport().serverSocket());
        if (loops.transport() == TransportKind.EPOLL) {
            var now = settings.get();
            now.handOnFrom(bootstrap);
            handedOn = now;
        }
        return bootstrap;
    }

    /// A socket that listens already becomes a channel, which does not accept yet.
    Channel adopt(Loops loops, Supplier<ServerChannel> socket) throws IOException {
        var adopted = bootstrap(loops)
                .channelFactory(socket::get)
                .option(ChannelOption.AUTO_READ, false)
                .register()
                .awaitUninterruptibly();
        var cause = adopted.cause();
        if (cause != null) {
            throw new IOException("a listening socket cannot be taken over: " + cause.getMessage(), cause);
        }
        return adopted.channel();
    }

    /// Any thread; when this returns, the order is given and holds.
    void open(Channel channel, boolean on) {
        var _ = channel.eventLoop().submit(() -> guard.open(channel, on)).awaitUninterruptibly();
    }

    static FileDescriptor descriptor(Channel channel) {
        if (channel instanceof UnixChannel socket) {
            return socket.fd();
        }
        throw new IllegalStateException("this transport shows no descriptors");
    }
}
