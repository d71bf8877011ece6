package io.pgdoorman.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.SocketFactory;

/// Sockets for pgjdbc that lead to one address, whatever the name in the URL: this machine does not ask the cluster's
/// DNS, but certificates are for the names of that.
///
/// pgjdbc makes it by its name, hence public.
public final class RoutedSockets extends SocketFactory {

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

    @Override
    public Socket createSocket(String host, int port) {
        throw new UnsupportedOperationException("pgjdbc connects by itself");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
        throw new UnsupportedOperationException("pgjdbc connects by itself");
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        throw new UnsupportedOperationException("pgjdbc connects by itself");
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
        throw new UnsupportedOperationException("pgjdbc connects by itself");
    }
}
