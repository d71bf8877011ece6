package io.pgdoorman.pooler.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Ends connections: one whose request does not get complete in time, however steadily its bytes trickle in,
/// and one that got its last answer. Belongs to the connection's event loop.
final class RequestDeadline extends ChannelInboundHandlerAdapter {

    /// How long a peer that got its last answer may take to read it and close.
    private static final Duration LEAVE = Duration.ofSeconds(1);

    private final HttpSettings.Limits limits;
    private @Nullable Future<?> pending;
    private boolean isIdle;
    private boolean isLeaving;
    private boolean isOrder;

    RequestDeadline(HttpSettings.Limits limits) {
        this.limits = limits;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        arm(context, limits.request());
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
        if (isLeaving) {
            ReferenceCountUtil.release(bytes);
            return;
        }
        if (isIdle) {
            isIdle = false;
            arm(context, limits.request());
        }
        context.fireChannelRead(bytes);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        disarm();
        context.fireChannelInactive();
    }

    /// Whether it may be closed for others: all but who proved to be the administrator and has an order under way. A
    /// peer that takes its time, or that asks for pages faster than they are made, proves nothing.
    boolean givesWay() {
        return !isOrder;
    }

    /// The request is one of the administrator.
    void order() {
        isOrder = true;
    }

    /// A request is complete: from now on it is the server that takes its time.
    void met() {
        isIdle = false;
        disarm();
    }

    /// The answer is out and the connection may bring another request.
    void answered(ChannelHandlerContext context) {
        isIdle = true;
        isOrder = false;
        arm(context, limits.idle());
    }

    /// The last answer is out. What the peer still sends is thrown away for a while: to close with unread bytes would
    /// reset the connection, and the peer might never see the answer.
    void leave(ChannelHandlerContext context) {
        isLeaving = true;
        isOrder = false;
        arm(context, LEAVE);
        var connection = (SocketChannel) context.channel();
        var tls = context.pipeline().get(SslHandler.class);
        if (tls == null) {
            var _ = connection.shutdownOutput();
        } else {
            tls.closeOutbound().addListener(_ -> {
                var _ = connection.shutdownOutput();
            });
        }
        connection.config().setAutoRead(true);
    }

    private void arm(ChannelHandlerContext context, Duration time) {
        disarm();
        pending = context.executor()
                .schedule(
                        () -> {
                            var _ = context.close();
                        },
                        time.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    private void disarm() {
        if (pending != null) {
            pending.cancel(false);
            pending = null;
        }
    }
}
