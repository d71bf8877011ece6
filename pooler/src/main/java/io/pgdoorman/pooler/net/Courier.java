package io.pgdoorman.pooler.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.function.Consumer;

/// Opens a connection to say one thing, and waits until the other side hangs up. Belongs to its connection's event
/// loop.
public final class Courier extends ChannelInboundHandlerAdapter {
    private final Consumer<ByteBuf> message;
    private final Duration limit;
    private final Runnable ended;

    private Courier(Consumer<ByteBuf> message, Duration limit, Runnable ended) {
        this.message = message;
        this.limit = limit;
        this.ended = ended;
    }

    /// What is to be said, and to whom.
    ///
    /// @param target its limit is for the connection to be made, and once more for the other side to hang up
    /// @param message writes it
    public record Errand(Dialer.Target target, Consumer<ByteBuf> message) {}

    /// Goes on an errand.
    ///
    /// @param ended called once on the loop, whatever came of it
    public static void send(Dialer dialer, Loop loop, Errand errand, Runnable ended) {
        var limit = Duration.ofMillis(errand.target().connectTimeoutMillis());
        dialer.dial(loop, errand.target(), new Courier(errand.message(), limit, ended), _ -> ended.run());
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        var _ = ChannelTimer.start(
                ctx.channel(),
                () -> {
                    var _ = ctx.close();
                },
                limit.toMillis());
        var out = ctx.alloc().buffer(64);
        message.accept(out);
        var _ = ctx.writeAndFlush(out);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ended.run();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var _ = ctx.close();
    }
}
