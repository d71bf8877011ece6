package io.pgdoorman.e2e;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;

/// Sockets for pgjdbc that lead to one address, whatever the name in the URL: this machine does not ask the cluster's
/// DNS, but certificates are for the names of that.
///
/// pgjdbc makes it by its name, hence public.
public final class RoutedSockets extends DriverSockets {

    private final InetSocketAddress address;

    /// @param address `host:port`
    public RoutedSockets(String address) {
        var colon = address.lastIndexOf(':');
        this.address =
                new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    }

    @Override
    public Socket createSocket() {
        var route = address;
        return new Socket() {
            @Override
            public void connect(SocketAddress named, int timeout) throws IOException {
                super.connect(route, timeout);
            }
        };
    }
}
