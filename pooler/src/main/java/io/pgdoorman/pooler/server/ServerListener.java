package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;

/// Whoever holds a server: it gets what PostgreSQL sends, on the server's loop.
public interface ServerListener {
    /// Bytes as they came from the socket; the listener owns and releases them.
    void fromServer(ByteBuf chunk);

    /// All that the socket had for now was passed on.
    void serverReadComplete();

    void serverWritabilityChanged();

    /// The connection is gone; no other call follows.
    void serverClosed(CloseReason reason);
}
