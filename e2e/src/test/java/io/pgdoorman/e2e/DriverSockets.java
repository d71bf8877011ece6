package io.pgdoorman.e2e;

import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/// A factory for pgjdbc, which takes sockets that are not connected and connects them by itself.
public abstract class DriverSockets extends SocketFactory {

    @Override
    public abstract Socket createSocket();

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
