package io.pgdoorman.pooler.server;

import io.netty.channel.ChannelHandlerContext;
import io.pgdoorman.pooler.net.Dialer;
import io.pgdoorman.pooler.net.Loop;
import java.util.concurrent.atomic.AtomicLong;

/// Opens connections to PostgreSQL.
public final class ServerConnector {
    private final Dialer dialer;
    private final AtomicLong ids = new AtomicLong();

    public ServerConnector(Dialer dialer) {
        this.dialer = dialer;
    }

    /// Told once, on the loop asked for.
    public interface Callback {
        void connected(ServerConnection server);

        void failed(ConnectFailure failure);
    }

    public void connect(ServerSettings settings, Loop loop, Callback callback) {
        var target = new Dialer.Target(
                settings.address().host(),
                settings.address().port(),
                settings.connectTimeoutMillis(),
                settings.socket());
        var login = new ServerLogin(settings, new ServerLogin.Outcome() {
            @Override
            public void loggedIn(ChannelHandlerContext ctx, ServerLogin.Welcome welcome) {
                var server = new ServerConnection(
                        ids.incrementAndGet(), settings, dialer.loops()::loop, loop, ctx.channel());
                server.begin(welcome);
                ctx.pipeline().replace(ctx.handler(), "server", server);
                callback.connected(server);
            }

            @Override
            public void failed(ConnectFailure failure) {
                callback.failed(failure);
            }
        });
        dialer.dial(loop, target, login, login::dialFailed);
    }
}
