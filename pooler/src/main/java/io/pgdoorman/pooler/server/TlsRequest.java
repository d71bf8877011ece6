package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.pgdoorman.pooler.stats.ProcessStats.ConnectPhase;
import io.pgdoorman.pooler.tls.PostgresTls;
import io.pgdoorman.pooler.tls.TlsException;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.nio.channels.ClosedChannelException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks PostgreSQL for TLS before anything else is said (PostgreSQL manual, "Protocol Flow", SSL Session Encryption);
/// the handler behind it sees the connection only once it is as wanted. Belongs to the connection's event loop.
///
/// ```
/// connect ─► SSLRequest sent ─► S ─► handshake ─► name verified ─► the next handler's channelActive
///                             └► N ─► the same without TLS, unless it is demanded
/// ```
/// Who is behind it bounds its time.
final class TlsRequest extends ChannelInboundHandlerAdapter {
    private static final byte YES = 'S';
    private static final byte NO = 'N';
    private static final byte ERROR = 'E';

    private final ChannelHandler next;
    private final Wish wish;
    private final @Nullable ConnectSteps steps;
    private final Consumer<LoginFailure> refused;
    private boolean asked;
    private boolean answered;
    private boolean done;

    /// @param demanded whether the connection is of no use without
    record Wish(PostgresTls tls, ServerSettings.Address host, boolean demanded) {}

    /// @param steps told how long they took; null where nobody wants to know
    /// @param refused told once, on the loop; the connection is closed then
    TlsRequest(ChannelHandler next, Wish wish, @Nullable ConnectSteps steps, Consumer<LoginFailure> refused) {
        this.next = next;
        this.wish = wish;
        this.steps = steps;
        this.refused = refused;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ctx.pipeline().addAfter(ctx.name(), null, next);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (steps != null) {
            steps.connected();
        }
        asked = true;
        var out = ctx.alloc().buffer(8);
        FrontendWriter.sslRequest(out);
        var _ = ctx.writeAndFlush(out);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var in = (ByteBuf) message;
        try {
            if (!done && in.isReadable()) {
                answer(ctx, in);
            }
        } finally {
            in.release();
        }
    }

    private void answer(ChannelHandlerContext ctx, ByteBuf in) {
        if (!asked || answered) {
            fail(ctx, LoginFailure.refused("it sent data before the startup packet"));
            return;
        }
        answered = true;
        byte answer = in.readByte();
        // Whoever stands between could have put them there, to be taken for PostgreSQL's words later
        // (CVE-2021-23222).
        if (in.isReadable() && answer != ERROR) {
            fail(
                    ctx,
                    LoginFailure.refused("received unencrypted data after SSL response: " + in.readableBytes()
                            + " bytes, which is an attack or no PostgreSQL"));
            return;
        }
        switch (answer) {
            case YES -> wish.tls().whenReady(ctx.executor(), unusable -> ready(ctx, unusable));
            case NO -> declined(ctx);
            // Its text is nobody's word: it is not shown (CVE-2024-10977).
            case ERROR -> fail(ctx, LoginFailure.lost("answered the request for TLS with an error"));
            default ->
                fail(
                        ctx,
                        LoginFailure.refused("answered the request for TLS with byte " + (answer & 0xff)
                                + ": expected S or N, so it is no PostgreSQL"));
        }
    }

    private void declined(ChannelHandlerContext ctx) {
        if (wish.demanded()) {
            fail(ctx, LoginFailure.insecure("server does not support TLS, but server_tls_mode demands it"));
        } else {
            succeed(ctx);
        }
    }

    private void ready(ChannelHandlerContext ctx, @Nullable TlsException unusable) {
        if (unusable != null) {
            fail(ctx, LoginFailure.insecure("TLS handshake failed: " + unusable.text()));
        } else if (ctx.channel().isActive()) {
            shakeHands(ctx);
        } else {
            fail(ctx, LoginFailure.lost("connection closed during the TLS handshake"));
        }
    }

    private void shakeHands(ChannelHandlerContext ctx) {
        var host = wish.host();
        var handler = wish.tls().handler(ctx.alloc(), host.host(), host.port());
        ctx.pipeline().addFirst("tls", handler);
        var _ = handler.handshakeFuture().addListener(shaken -> {
            var cause = shaken.cause();
            if (cause == null) {
                verify(ctx, handler);
            } else if (cause instanceof ClosedChannelException) {
                fail(ctx, LoginFailure.lost("connection closed during the TLS handshake"));
            } else {
                fail(ctx, LoginFailure.insecure("TLS handshake failed: " + PostgresTls.reason(cause)));
            }
        });
    }

    private void verify(ChannelHandlerContext ctx, SslHandler handler) {
        try {
            wish.tls().verify(handler, wish.host().host());
        } catch (TlsException another) {
            fail(ctx, LoginFailure.insecure("TLS handshake failed: " + another.text()));
            return;
        }
        if (steps != null) {
            steps.passed(ConnectPhase.TLS);
        }
        succeed(ctx);
    }

    private void succeed(ChannelHandlerContext ctx) {
        if (!done) {
            done = true;
            ctx.fireChannelActive();
            if (!ctx.isRemoved()) {
                ctx.pipeline().remove(this);
            }
        }
    }

    private void fail(ChannelHandlerContext ctx, LoginFailure why) {
        if (!done) {
            done = true;
            refused.accept(why);
            var _ = ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!done && !answered) {
            fail(ctx, LoginFailure.lost("connection closed at the request for TLS"));
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // a handshake that fails is told by its future
        if (!answered) {
            fail(ctx, LoginFailure.lost("connection lost at the request for TLS: " + cause.getMessage()));
        }
    }
}
