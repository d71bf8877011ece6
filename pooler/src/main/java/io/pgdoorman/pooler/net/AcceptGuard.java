package io.pgdoorman.pooler.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a listening socket alive when no connection can be accepted, mostly for want of file descriptors: those that
/// are in are served, the others wait in the kernel's queue until one is free. Belongs to the acceptor's event loop.
final class AcceptGuard extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptGuard.class);

    /// Accepting at once again would only fail at once again.
    static final int PAUSE_MILLIS = 100;

    /// The log tells it no more often than that.
    static final int QUIET_SECONDS = 10;

    private boolean isOpen = true;
    private boolean quiet;
    private int untold;

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        tell(ctx, cause);
        ctx.channel().config().setAutoRead(false);
        var _ = ctx.executor()
                .schedule(() -> ctx.channel().config().setAutoRead(isOpen), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /// Whether connections are to be accepted.
    void open(Channel channel, boolean on) {
        isOpen = on;
        channel.config().setAutoRead(on);
    }

    private void tell(ChannelHandlerContext ctx, Throwable cause) {
        if (quiet) {
            untold++;
            return;
        }
        LOG.atError()
                .setMessage("connections cannot be accepted")
                .addKeyValue("reason", String.valueOf(cause.getMessage()))
                .addKeyValue("failures", untold + 1)
                .log();
        untold = 0;
        quiet = true;
        var _ = ctx.executor().schedule(() -> quiet = false, QUIET_SECONDS, TimeUnit.SECONDS);
    }
}
