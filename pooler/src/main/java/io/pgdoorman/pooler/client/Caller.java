package io.pgdoorman.pooler.client;

import io.netty.channel.Channel;
import io.pgdoorman.pooler.net.OsUser;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Where a connection comes from.
///
/// @param address null when it came by the Unix socket
/// @param port of the other side
/// @param osUser number of the user at the other end of the Unix socket, as the kernel knows
record Caller(@Nullable InetAddress address, int port, OptionalInt osUser) {
    static Caller of(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                ? new Caller(remote.getAddress(), remote.getPort(), OptionalInt.empty())
                : new Caller(null, 0, OsUser.numberOf(channel));
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
