package io.pgdoorman.pooler.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Set;

/// One address that a host resolved to.
///
/// @param host as configured
/// @param socket where to connect
public record Endpoint(ServerSettings.Address host, SocketAddress socket) {
    /// Whether this is one of these addresses of that host.
    public boolean isAmong(String name, Set<InetAddress> addresses) {
        return socket instanceof InetSocketAddress inet
                && host.host().equals(name)
                && addresses.contains(inet.getAddress());
    }

    @Override
    public String toString() {
        if (socket instanceof InetSocketAddress inet
                && !inet.getAddress().getHostAddress().equals(host.host())) {
            return host + " (" + inet.getAddress().getHostAddress() + ")";
        }
        return host.toString();
    }
}
