package io.pgdoorman.pooler.server;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

/// One address that a host resolved to.
///
/// @param host as configured
/// @param socket where to connect
public record Endpoint(ServerSettings.Address host, SocketAddress socket) {
    @Override
    public String toString() {
        if (socket instanceof InetSocketAddress inet
                && !inet.getAddress().getHostAddress().equals(host.host())) {
            return host + " (" + inet.getAddress().getHostAddress() + ")";
        }
        return host.toString();
    }
}
