package io.pgdoorman.pooler.client;

import io.netty.channel.Channel;
import io.pgdoorman.pooler.net.OsUser;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Where a connection comes from.
///
/// @param address null when it came by the Unix socket
/// @param port of the other side
/// @param door our end of a TCP connection; null for the Unix socket
/// @param osUser number of the user at the other end of the Unix socket, as the kernel knows
record Caller(
        @Nullable InetAddress address, int port, @Nullable InetSocketAddress door, OptionalInt osUser) {
    private static final String LOCAL = "[local]";

    static Caller of(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                ? new Caller(remote.getAddress(), remote.getPort(), door(channel), OptionalInt.empty())
                : new Caller(null, 0, null, OsUser.numberOf(channel));
    }

    private static @Nullable InetSocketAddress door(Channel channel) {
        return channel.localAddress() instanceof InetSocketAddress local ? local : null;
    }

    /// Its address; null when it came by the Unix socket.
    static @Nullable InetAddress address(@Nullable SocketAddress remote) {
        return remote instanceof InetSocketAddress inet ? inet.getAddress() : null;
    }

    /// As [#toString], without asking the kernel who it is.
    static String text(@Nullable SocketAddress remote) {
        return remote instanceof InetSocketAddress inet
                ? new Caller(inet.getAddress(), inet.getPort(), null, OptionalInt.empty()).toString()
                : LOCAL;
    }

    /// The host as PostgreSQL names it in messages.
    String host() {
        return address == null ? LOCAL : address.getHostAddress();
    }

    @Override
    public String toString() {
        return address == null ? host() : host() + ":" + port;
    }
}
