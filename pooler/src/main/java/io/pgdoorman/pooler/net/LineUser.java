package io.pgdoorman.pooler.net;

import io.netty.buffer.ByteBuf;

/// Who serves a [Line]; told on its event loop.
public interface LineUser {
    /// What the peer sent; the user's from now on.
    void received(ByteBuf bytes);

    /// The socket has no more for now: what was written is to be flushed.
    void receivedAll();

    /// [Line#isWritable] changed.
    void writabilityChanged();

    /// The connection broke, or the user failed; it is closed next, unless the user does that.
    void failed(Throwable cause);

    /// It is closed; the last that is told.
    void closed();
}
