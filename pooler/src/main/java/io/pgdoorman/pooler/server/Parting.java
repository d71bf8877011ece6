package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;

/// The end of a connection that nobody uses: Terminate, the end of our stream, and then the wait for the end of
/// PostgreSQL's, which says that its slot is free again. Who counts servers, as a cap does, must not believe that
/// earlier. Belongs to the connection's event loop.
final class Parting {
    /// How long PostgreSQL may take to hang up when it has nothing to do.
    private static final long IDLE_NANOS = 1_000_000_000L;

    /// PostgreSQL may send the end of an answer that nobody wants; what is longer meets a closed socket, which ends the
    /// statement as it does when the client itself is gone.
    private static final int MAX_UNWANTED = 64 * 1024;

    private final Channel channel;
    private int unwanted;

    private Parting(Channel channel) {
        this.channel = channel;
    }

    /// @param isWorking whether PostgreSQL may be at work: then only the network's own limits end the wait
    static Parting begin(Channel channel, Loop loop, boolean isWorking) {
        var parting = new Parting(channel);
        var bye = channel.alloc().buffer(5);
        FrontendWriter.bare(bye, Frontend.TERMINATE);
        // The stream's end is for a PostgreSQL that waits for the rest of a message: to it Terminate is a part of that.
        var _ = channel.writeAndFlush(bye).addListener(_ -> parting.endStream());
        if (!isWorking) {
            loop.later(parting::close, IDLE_NANOS);
        }
        return parting;
    }

    private void endStream() {
        if (channel.isActive() && channel instanceof DuplexChannel both) {
            var _ = both.shutdownOutput();
        }
    }

    /// Takes over what PostgreSQL still says.
    void read(ByteBuf chunk) {
        unwanted += chunk.readableBytes();
        chunk.release();
        if (unwanted > MAX_UNWANTED) {
            close();
        }
    }

    private void close() {
        var _ = channel.close();
    }
}
