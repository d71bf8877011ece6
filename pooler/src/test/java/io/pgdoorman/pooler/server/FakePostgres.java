package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.net.SocketSettings;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A logged-in server connection whose other end is the test.
public final class FakePostgres {
    private static final ServerSettings.Address HOST = new ServerSettings.Address("127.0.0.1", 5432);

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final ServerConnection connection;

    /// @param statements prepared statements kept on the connection
    public FakePostgres(int statements) {
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
        connection = new ServerConnection(1, origin, _ -> loop, loop, channel);
        channel.pipeline().addLast(connection);
    }

    public ServerConnection connection() {
        return connection;
    }

    /// PostgreSQL sends these bytes, and the socket has no more for now.
    public void sends(byte[] bytes) {
        channel.writeInbound(Unpooled.copiedBuffer(bytes));
    }

    /// All that PostgreSQL got since the last call.
    public byte[] received() {
        var all = Unpooled.buffer();
        ByteBuf part;
        channel.flush();
        while ((part = channel.readOutbound()) != null) {
            all.writeBytes(part);
            part.release();
        }
        var bytes = new byte[all.readableBytes()];
        all.readBytes(bytes);
        return bytes;
    }

    /// From now on time passes only when it is told to.
    void freezesTime() {
        channel.freezeTime();
    }

    void passes(long time, TimeUnit unit) {
        channel.advanceTimeBy(time, unit);
        channel.runScheduledPendingTasks();
    }

    public boolean isClosed() {
        return !channel.isOpen();
    }

    public void hangsUp() {
        var _ = channel.close();
        channel.runPendingTasks();
    }
}
