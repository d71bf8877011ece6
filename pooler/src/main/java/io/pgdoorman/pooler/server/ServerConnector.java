package io.pgdoorman.pooler.server;

import io.netty.channel.ChannelHandlerContext;
import io.pgdoorman.pooler.net.Dialer;
import io.pgdoorman.pooler.net.Lines;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.stats.ProcessStats;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Opens connections to PostgreSQL.
public final class ServerConnector implements ServerOpener {
    private final Dialer dialer;
    private final ConnectAttempt.Parts parts;
    private final AtomicLong ids = new AtomicLong();
    private volatile Consumer<Endpoint> silence = _ -> {};

    /// @param clock nanoseconds
    /// @param crypto where keys are derived, as event loops have no time for it
    public ServerConnector(Dialer dialer, ProcessStats stats, LongSupplier clock, Executor crypto) {
        this.dialer = dialer;
        this.parts = new ConnectAttempt.Parts(
                dialer, new HostBook(), clock, stats, endpoint -> silence.accept(endpoint), crypto);
    }

    /// Told once, on the loop asked for.
    public interface Callback {
        void connected(ServerConnection server);

        void failed(ConnectFailure failure);
    }

    /// Who is told, on any loop, of an address that does not answer: connections to it may be dead without knowing.
    public void onSilence(Consumer<Endpoint> watcher) {
        silence = watcher;
    }

    @Override
    public void connect(ServerSettings settings, Loop loop, Callback callback) {
        loop.run(() -> new ConnectAttempt(parts, settings, loop, new ConnectAttempt.Outcome() {
                    @Override
                    public void connected(
                            ChannelHandlerContext ctx, ServerConnection.Origin origin, ServerLogin.Welcome welcome) {
                        Lines.over(ctx, loop, line -> {
                            var server = new ServerConnection(
                                    ids.incrementAndGet(), origin, dialer.loops()::loop, loop, line);
                            server.begin(welcome);
                            line.serve(server, null);
                            callback.connected(server);
                        });
                    }

                    @Override
                    public void failed(ConnectFailure failure) {
                        callback.failed(failure);
                    }
                })
                .begin());
    }
}
