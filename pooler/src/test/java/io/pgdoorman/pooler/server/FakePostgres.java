package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pgdoorman.pooler.net.ChannelLine;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.net.SocketSettings;
import io.pgdoorman.pooler.tls.Encryption;
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
        this(statements, 0, new byte[0]);
    }

    /// @param pid told to the pooler with the secret
    public FakePostgres(int statements, int pid, byte[] secret) {
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
        connection.begin(new ServerLogin.Welcome(pid, secret, Map.of(), null, Encryption.NONE));
        line.serve(connection, null);
    }

    /// The one event loop of the connection.
    public Loop loop() {
        return new Loop(0, channel.eventLoop());
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
        channel.flush();
        if (channel.outboundMessages().isEmpty()) {
            return new byte[0];
        }
        var all = Unpooled.buffer();
        ByteBuf part;
        while ((part = channel.readOutbound()) != null) {
            all.writeBytes(part);
            part.release();
        }
        var bytes = new byte[all.readableBytes()];
        all.readBytes(bytes);
        return bytes;
    }

    /// From now on time passes only when it is told to.
    public void freezesTime() {
        channel.freezeTime();
    }

    public void passes(long time, TimeUnit unit) {
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
