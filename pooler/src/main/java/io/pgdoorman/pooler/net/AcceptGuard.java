package io.pgdoorman.pooler.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a listening socket alive when no connection can be accepted, mostly for want of file descriptors: those that
/// are in are served, the others wait in the kernel's queue until one is free. And lets a crowd in by and by. Belongs
/// to the acceptor's event loop.
final class AcceptGuard extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptGuard.class);

    /// Accepting at once again would only fail at once again.
    static final int PAUSE_MILLIS = 100;

    /// The log tells it no more often than that.
    static final int QUIET_SECONDS = 10;

    /// Of connections that come in a crowd no more are accepted before the doors' loops have come round: the first
    /// are in before the last have begun. The others stand in the kernel's queue.
    static final int AT_ONCE = 8;

    /// Runs a task when all loops of the doors have done what lay before them.
    private final Consumer<Runnable> afterTurn;

    private boolean isOpen = true;
    private boolean isResting;
    private boolean isWaiting;
    private int taken;
    private boolean quiet;
    private int untold;

    AcceptGuard(Consumer<Runnable> afterTurn) {
        this.afterTurn = afterTurn;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) {
        taken++;
        ctx.fireChannelRead(accepted);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (taken >= AT_ONCE && !isWaiting) {
            taken = 0;
            isWaiting = true;
            apply(ctx.channel());
            afterTurn.accept(() -> ctx.executor().execute(() -> {
                isWaiting = false;
                apply(ctx.channel());
            }));
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        tell(ctx, cause);
        isResting = true;
        apply(ctx.channel());
        var _ = ctx.executor()
                .schedule(
                        () -> {
                            isResting = false;
                            apply(ctx.channel());
                        },
                        PAUSE_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    /// Whether connections are to be accepted.
    void open(Channel channel, boolean on) {
        isOpen = on;
        apply(channel);
    }

    private void apply(Channel channel) {
        channel.config().setAutoRead(isOpen && !isResting && !isWaiting);
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
