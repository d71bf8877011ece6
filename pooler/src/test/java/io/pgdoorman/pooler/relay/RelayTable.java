package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pgdoorman.pooler.net.ChannelLine;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.server.FakePostgres;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.stats.Pins;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.StatementMemory;
import io.pgdoorman.pooler.wire.PgError;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One client's relay on the table: the test sits at both ends.
final class RelayTable implements RelayOwner {
    final FakePostgres postgres;
    final ClientSide side;
    final StatementCache cache;
    private final RelayShelf shelf;
    private final EmbeddedChannel client = new EmbeddedChannel(new Socket());
    private boolean clientStopsReading;
    int leasesEnded;
    boolean terminated;

    @Nullable
    PgError broken;

    RelayTable(int serverStatements) {
        this(serverStatements, new RelaySettings(false, true, true), ParameterSet.EMPTY);
    }

    RelayTable(int serverStatements, RelaySettings settings, ParameterSet wanted) {
        this(serverStatements, settings, wanted, Pinning.NONE);
    }

    RelayTable(int serverStatements, RelaySettings settings, ParameterSet wanted, Pinning pinning) {
        this(new FakePostgres(serverStatements), shelf(pinning), settings, wanted);
    }

    private RelayTable(FakePostgres postgres, RelayShelf shelf, RelaySettings settings, ParameterSet wanted) {
        this.postgres = postgres;
        this.shelf = shelf;
        cache = shelf.cache();
        var traffic = new Traffic(new PoolStats("shop", "app"), () -> 0L, 1);
        side = new ClientSide(
                this, new ChannelLine(client), shelf, settings, new ClientSide.Session(wanted, Map.of(), traffic));
    }

    private static RelayShelf shelf(Pinning pinning) {
        return new RelayShelf(
                new StatementCache(0, 100, new StatementMemory(Long.MAX_VALUE)), () -> pinning, new Pins());
    }

    /// Another client of the same pool, with a server of its own.
    RelayTable neighbour() {
        return new RelayTable(new FakePostgres(100), shelf, new RelaySettings(false, true, true), ParameterSet.EMPTY);
    }

    /// From now on the client's socket takes nothing.
    void clientStopsReading() {
        clientStopsReading = true;
    }

    /// The client reads all that there is.
    void clientReadsAgain() {
        clientStopsReading = false;
        client.flush();
        side.writabilityChanged();
    }

    private final class Socket extends ChannelOutboundHandlerAdapter {
        @Override
        public void flush(ChannelHandlerContext ctx) {
            if (!clientStopsReading) {
                ctx.flush();
            }
        }
    }

    /// The client sends, all in one piece, and gets a server if it has none.
    void sends(Message... messages) {
        sends(bytes(messages));
    }

    /// The client prepares a statement, and all that both sides heard of it is forgotten.
    void prepares(String name, String sql) {
        sends(Message.parse(name, sql), Message.sync());
        postgres.sends(frames(parsed(), ready('I')));
        toServer();
        clientGot();
    }

    void sends(byte[] bytes) {
        if (!side.isLinked()) {
            side.relay().link(postgres.connection());
        }
        side.linked().fromClient(Unpooled.copiedBuffer(bytes));
        if (side.isLinked()) {
            side.linked().flushServer();
        }
    }

    static byte[] bytes(Message... messages) {
        var all = new ByteArrayOutputStream();
        for (var message : messages) {
            all.writeBytes(message.bytes());
        }
        return all.toByteArray();
    }

    /// Nothing is left over: what was not read is released.
    void clears() {
        var _ = side.abandon();
        postgres.received();
        clientGot();
    }

    /// What PostgreSQL got, as tags and names.
    List<String> toServer() {
        return shown(postgres.received(), "PBDEC");
    }

    /// What the client got, as tags.
    String toClient() {
        return String.join("", shown(clientGot(), ""));
    }

    byte[] clientGot() {
        client.flush();
        var all = Unpooled.buffer();
        ByteBuf part;
        while ((part = client.readOutbound()) != null) {
            all.writeBytes(part);
            part.release();
        }
        var bytes = new byte[all.readableBytes()];
        all.readBytes(bytes);
        return bytes;
    }

    /// Frames as their tags; those named in `withName` with the printable part of their body.
    private static List<String> shown(byte[] bytes, String withName) {
        var frames = new ArrayList<String>();
        var in = Unpooled.wrappedBuffer(bytes);
        while (in.readableBytes() >= 5) {
            char tag = (char) in.readByte();
            var body = in.readSlice(in.readInt() - 4).toString(StandardCharsets.ISO_8859_1);
            frames.add((withName.indexOf(tag) < 0
                            ? "" + tag
                            : tag + " " + body.replaceAll("[^ -~]+", " ").trim())
                    .trim());
        }
        return frames;
    }

    // ---- what PostgreSQL says

    static byte[] frame(char tag, String body) {
        var bytes = body.getBytes(StandardCharsets.ISO_8859_1);
        var out = Unpooled.buffer();
        out.writeByte(tag).writeInt(bytes.length + 4).writeBytes(bytes);
        var frame = new byte[out.readableBytes()];
        out.readBytes(frame);
        return frame;
    }

    static byte[] frames(byte[]... frames) {
        var all = new ByteArrayOutputStream();
        for (var frame : frames) {
            all.writeBytes(frame);
        }
        return all.toByteArray();
    }

    static byte[] parsed() {
        return frame('1', "");
    }

    static byte[] bound() {
        return frame('2', "");
    }

    static byte[] closed() {
        return frame('3', "");
    }

    static byte[] row(String text) {
        return frame('D', "\0\1\0\0\0" + (char) text.length() + text);
    }

    static byte[] complete(String tag) {
        return frame('C', tag + "\0");
    }

    /// PostgreSQL took the parameters.
    static byte[] synced() {
        return frames(parsed(), bound(), row("x"), complete("SELECT 1"), frame('I', ""), ready('I'));
    }

    static byte[] error(String state) {
        return frame('E', "SERROR\0VERROR\0C" + state + "\0Mno\0\0");
    }

    static byte[] ready(char status) {
        return frame('Z', "" + status);
    }

    // ---- what the relay tells its owner

    @Override
    public void leaseEnded(ServerConnection server) {
        leasesEnded++;
    }

    @Override
    public void boundary() {}

    @Override
    public void serverLost(boolean told) {}

    @Override
    public void terminated() {
        terminated = true;
    }

    @Override
    public void violated(PgError error) {
        broken = error;
    }

    @Override
    public void broken(PgError error) {
        broken = error;
        var _ = side.abandon();
    }

    @Override
    public void parameterChanged(String name, String value) {}

    @Override
    public void readClient(boolean on) {}
}
