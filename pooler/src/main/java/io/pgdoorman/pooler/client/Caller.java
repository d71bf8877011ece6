package io.pgdoorman.pooler.client;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// Where a connection comes from.
///
/// @param address null when it came by the Unix socket
/// @param port of the other side
record Caller(@Nullable InetAddress address, int port) {
    static Caller of(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                ? new Caller(remote.getAddress(), remote.getPort())
                : new Caller(null, 0);
    }

    /// The host as PostgreSQL names it in messages.
    String host() {
        return address == null ? "[local]" : address.getHostAddress();
    }

    @Override
    public String toString() {
        return address == null ? host() : host() + ":" + port;
    }
}
