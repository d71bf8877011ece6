package io.pgdoorman.e2e.soak;

import io.pgdoorman.e2e.DriverSockets;
import java.io.IOException;
import java.net.Socket;

/// Sockets for pgjdbc of which the opening thread can get hold, to break them in the middle of anything.
///
/// pgjdbc makes it by its name, hence public.
public final class BreakableSockets extends DriverSockets {

    private static final ThreadLocal<Socket> LAST = new ThreadLocal<>();

    /// The socket that this thread opened last.
    static Socket last() {
        return LAST.get();
    }

    /// Ends a connection by RST, as a killed process or a lost network would; one that has ended already stays so.
    static void reset(Socket socket) throws IOException {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            if (!socket.isClosed()) {
                throw e;
            }
        }
    }

    @Override
    public Socket createSocket() {
        var socket = new Socket();
        LAST.set(socket);
        return socket;
    }
}
