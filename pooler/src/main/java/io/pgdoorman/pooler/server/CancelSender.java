package io.pgdoorman.pooler.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pgdoorman.pooler.net.Dialer;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Sends CancelRequests to PostgreSQL, each on a connection of its own (PostgreSQL manual, "Canceling Requests in
/// Progress").
public final class CancelSender {
    private final Dialer dialer;

    public CancelSender(Dialer dialer) {
        this.dialer = dialer;
    }

    /// Asks PostgreSQL to cancel what this server runs; on the server's loop.
    ///
    /// PostgreSQL closes the connection once it has signalled the backend; only then may another client get the
    /// server.
    ///
    /// @param ended called then, or when PostgreSQL could not be told
    public void cancel(ServerConnection server, Loop loop, Runnable ended) {
        cancel(server, loop, _ -> ended.run());
    }

    /// As the other, for those who want to know what became of it.
    ///
    /// @param ended told whether PostgreSQL has taken the request
    public void cancel(ServerConnection server, Loop loop, Consumer<Boolean> ended) {
        server.cancelStarted();
        var request = new Request(server, ended);
        dialer.dial(
                loop,
                new Dialer.Target(
                        server.endpoint().socket(),
                        server.settings().connectTimeoutMillis(),
                        server.settings().socket()),
                request,
                _ -> request.end(false));
    }

    private static final class Request extends ChannelInboundHandlerAdapter {
        private final ServerConnection server;
        private final Consumer<Boolean> atEnd;
        private boolean failed;
        private boolean ended;

        Request(ServerConnection server, Consumer<Boolean> atEnd) {
            this.server = server;
            this.atEnd = atEnd;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            var out = ctx.alloc().buffer(32);
            FrontendWriter.cancel(out, server.pid(), server.secret());
            var _ = ctx.writeAndFlush(out);
            var _ = ctx.executor()
                    .schedule(() -> fail(ctx), server.settings().connectTimeoutMillis(), TimeUnit.MILLISECONDS);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            end(!failed);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            fail(ctx);
        }

        private void fail(ChannelHandlerContext ctx) {
            failed = true;
            var _ = ctx.close();
        }

        private void end(boolean taken) {
            if (!ended) {
                ended = true;
                server.cancelEnded();
                atEnd.accept(taken);
            }
        }
    }
}
