package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.DuplexChannel;
import io.pgdoorman.pooler.net.ChannelTimer;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.PgError;

/// Closes a client's connection so that it can read the reason.
final class Farewell {
    /// How long we wait for the client to close its side.
    private static final int LINGER_MILLIS = 1000;

    /// How long a client may take to read what was written to it before: one that never reads must not stay for ever.
    private static final int WRITE_MILLIS = 10_000;

    private Farewell() {}

    /// Sends the error, closes our side, and lets the client close its own: a plain close with unread bytes would reset
    /// the connection, and the client could lose the message.
    static void say(Channel channel, PgError error) {
        if (!channel.isActive()) {
            return;
        }
        ByteBuf out = channel.alloc().buffer(256);
        BackendWriter.error(out, error);
        closeAfter(channel, channel.writeAndFlush(out));
    }

    /// The same without an error, where none can be said: what was written is sent, and no word more.
    static void silently(Channel channel) {
        closeAfter(channel, channel.writeAndFlush(channel.alloc().buffer(0)));
    }

    /// The client has said that it leaves (Terminate), so nothing has to reach it but what was written before:
    /// waiting for its end, and a timer for that, were a sixth of a login's cost.
    static void toOneWhoLeaves(Channel channel) {
        var outgoing = channel.unsafe().outboundBuffer();
        // whether the buffer "is empty" tells of flushed bytes only
        if (outgoing != null && outgoing.totalPendingWriteBytes() > 0) {
            silently(channel);
            return;
        }
        var encrypting = channel.pipeline().context(Vestibule.HANDLER);
        var _ = encrypting == null ? channel.close() : encrypting.close(); // no goodbye of TLS to a peer that is gone
    }

    private static void closeAfter(Channel channel, ChannelFuture written) {
        closeLater(channel, WRITE_MILLIS);
        var _ = written.addListener(_ -> halfClose(channel));
    }

    private static void closeLater(Channel channel, int millis) {
        Runnable close = () -> {
            var _ = channel.close();
        };
        var _ = ChannelTimer.start(channel, close, millis);
    }

    private static void halfClose(Channel channel) {
        if (channel instanceof DuplexChannel duplex && channel.isActive()) {
            channel.config().setAutoRead(true);
            var _ = duplex.shutdownOutput();
            closeLater(channel, LINGER_MILLIS);
        } else {
            var _ = channel.close();
        }
    }
}
