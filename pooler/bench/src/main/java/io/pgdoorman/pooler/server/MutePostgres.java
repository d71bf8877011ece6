package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.pgdoorman.pooler.net.ChannelLine;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.net.SocketSettings;
import io.pgdoorman.pooler.tls.Encryption;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/// A logged-in server connection that says what the benchmark has it say. In this package for a constructor's sake.
public final class MutePostgres {
    private static final ServerSettings.Address HOST = new ServerSettings.Address("127.0.0.1", 5432);

    private final EmbeddedChannel channel = deaf();
    private final ServerConnection connection;

    /// @param statements prepared statements kept on the connection
    public MutePostgres(int statements) {
        var settings = new ServerSettings(
                new ServerSettings.Hosts(List.of(HOST), WantedRole.ANY, false),
                ServerTls.NONE,
                new ServerSettings.Login("shop", "app", new Credentials.None()),
                Map.of(),
                60_000,
                statements,
                SocketSettings.DEFAULT);
        var loop = new Loop(0, channel.eventLoop());
        var origin = new ServerConnection.Origin(
                settings, new Endpoint(HOST, new InetSocketAddress(HOST.host(), HOST.port())));
        var line = new ChannelLine(channel);
        connection = new ServerConnection(1, origin, _ -> loop, loop, line);
        connection.begin(new ServerLogin.Welcome(1, new byte[4], Map.of(), null, Encryption.NONE));
        line.serve(connection, null);
    }

    /// A channel whose other end takes everything and keeps nothing.
    public static EmbeddedChannel deaf() {
        return new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
                ReferenceCountUtil.release(message);
            }

            @Override
            public void flush(ChannelHandlerContext context) {}
        });
    }

    public ServerConnection connection() {
        return connection;
    }

    /// PostgreSQL sends these bytes, and the socket has no more for now.
    public void says(ByteBuf bytes) {
        channel.pipeline().fireChannelRead(bytes).fireChannelReadComplete();
    }
}
