package io.pgdoorman.pooler.server;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pgdoorman.pooler.net.ChannelTimer;
import io.pgdoorman.pooler.net.Dialer;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends CancelRequests to PostgreSQL, each on a connection of its own (PostgreSQL manual, "Canceling Requests in
/// Progress").
public final class CancelSender {
    private static final Logger LOG = LoggerFactory.getLogger(CancelSender.class);

    private final Dial dial;

    /// How a connection is opened, as [Dialer#dial] does.
    @FunctionalInterface
    public interface Dial {
        void dial(Loop loop, Dialer.Target target, ChannelHandler handler, Consumer<Throwable> failed);
    }

    public CancelSender(Dial dial) {
        this.dial = dial;
    }

    /// Asks PostgreSQL to cancel what this server runs; on the server's loop.
    ///
    /// PostgreSQL closes the connection once it has signalled the backend; only then may another client get the
    /// server. If the connection ends otherwise, the request may still be on its way, and the server is lent to
    /// nobody else.
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
        ChannelHandler first = request;
        if (server.isEncrypted()) {
            // the key is as secret as on the connection that it is for
            var wish = new TlsRequest.Wish(
                    server.settings().tls().live().get(), server.endpoint().host(), true);
            first = new TlsRequest(request, wish, null, request::untold);
        }
        dial.dial(
                loop,
                new Dialer.Target(
                        server.endpoint().socket(),
                        server.settings().connectTimeoutMillis(),
                        server.settings().socket()),
                first,
                _ -> request.end(false));
    }

    static final class Request extends ChannelInboundHandlerAdapter {
        private final ServerConnection server;
        private final Consumer<Boolean> atEnd;
        private boolean sent;
        private boolean failed;
        private boolean ended;

        Request(ServerConnection server, Consumer<Boolean> atEnd) {
            this.server = server;
            this.atEnd = atEnd;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            // once for the connection, and once for PostgreSQL to end it
            var _ = ChannelTimer.start(
                    ctx.channel(), () -> fail(ctx), 2L * server.settings().connectTimeoutMillis());
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            sent = true;
            var out = ctx.alloc().buffer(32);
            FrontendWriter.cancel(out, server.pid(), server.secret());
            var _ = ctx.writeAndFlush(out);
        }

        private void untold(LoginFailure why) {
            LOG.atWarn()
                    .setMessage("a cancel request could not be sent")
                    .addKeyValue("server", server.id())
                    .addKeyValue("reason", why.reason())
                    .log();
            end(false);
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
            if (sent && !ended) {
                // PostgreSQL may take it whenever it comes to it: from a kernel's queue, or once it is thawed.
                server.retire(CloseReason.CANCEL_LOST);
            }
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
