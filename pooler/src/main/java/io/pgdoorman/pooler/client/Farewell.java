package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.PgError;
import java.util.concurrent.TimeUnit;

/// Closes a client's connection so that it can read the reason.
final class Farewell {
    /// How long we wait for the client to close its side.
    private static final int LINGER_MILLIS = 1000;

    private Farewell() {}

    /// Sends the error, closes our side, and lets the client close its own: a plain close with unread bytes would reset
    /// the connection, and the client could lose the message.
    static void say(Channel channel, PgError error) {
        if (!channel.isActive()) {
            return;
        }
        ByteBuf out = channel.alloc().buffer(256);
        BackendWriter.error(out, error);
        var _ = channel.writeAndFlush(out).addListener(_ -> halfClose(channel));
    }

    private static void halfClose(Channel channel) {
        if (channel instanceof DuplexChannel duplex && channel.isActive()) {
            channel.config().setAutoRead(true);
            var _ = duplex.shutdownOutput();
            var _ = channel.eventLoop()
                    .schedule(
                            () -> {
                                var _ = channel.close();
                            },
                            LINGER_MILLIS,
                            TimeUnit.MILLISECONDS);
        } else {
            var _ = channel.close();
        }
    }
}
