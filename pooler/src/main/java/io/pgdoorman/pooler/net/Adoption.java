package io.pgdoorman.pooler.net;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;

/// Connections that another process has opened.
public final class Adoption {
    private Adoption() {}

    /// Whether the connection came by a Unix socket; whoever adopts it has to know.
    public static boolean isUnix(UnixChannel connection) {
        return connection instanceof EpollDomainSocketChannel;
    }

    /// The connection as a channel of no loop yet, which is not read before it is told to be. The descriptor is the
    /// channel's from now on.
    public static Channel of(FileDescriptor connection, boolean unix, SocketSettings settings) {
        Channel channel = unix
                ? new EpollDomainSocketChannel(connection.intValue())
                : new EpollSocketChannel(connection.intValue());
        channel.config().setAutoRead(false);
        settings.apply(channel);
        return channel;
    }
}
