package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.net.ChannelLine;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.server.MutePostgres;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.stats.Pins;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.StatementMemory;
import io.pgdoorman.pooler.wire.PgError;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What a transaction pays between two sockets: scanner, plan and ledger on the way out, runs and ledger on the
/// way home, and the lease around them. Nothing is read or written; the ends take and give buffers.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Relaying {
    private final MutePostgres postgres = new MutePostgres(100);
    private final Owner owner = new Owner();
    private final ClientSide client = new ClientSide(
            owner,
            new ChannelLine(MutePostgres.deaf()),
            new RelayShelf(
                    new StatementCache(0, 100, new StatementMemory(Long.MAX_VALUE)), () -> Pinning.NONE, new Pins()),
            new RelaySettings(false, true, true),
            new ClientSide.Session(
                    ParameterSet.EMPTY, Map.of(), new Traffic(new PoolStats("shop", "app"), () -> 0L, 1)));

    private final ByteBuf query = frames(frame('Q', "SELECT abalance FROM pgbench_accounts WHERE aid = 77821;\0"));
    private final ByteBuf columns = frames(frame('T', "\0\1abalance\0\0\0\0\0\0\0\0\0\0\27\0\4\377\377\377\377\0\0"));
    private final ByteBuf row =
            frames(columns, frame('D', "\0\1\0\0\0\0010"), frame('C', "SELECT 1\0"), frame('Z', "I"));
    private final ByteBuf run = frames(
            frame('B', "\0stmt\0\0\0\0\1\0\0\0\00577821\0\1\0\0"),
            frame('D', "P\0"),
            frame('E', "\0\0\0\0\0"),
            frame('S', ""));
    private final ByteBuf boundRow = frames(frame('2', ""), row);

    /// The prepared statement is known to client, cache and server, which was asked what its rows are like.
    @Setup
    public void prepare() {
        var parse = frame('P', "stmt\0SELECT abalance FROM pgbench_accounts WHERE aid = $1;\0\0\0");
        transaction(
                frames(parse, frame('S', "")),
                frames(frame('1', ""), frame('t', "\0\1\0\0\0\27"), columns, frame('Z', "I")));
    }

    @Benchmark
    public long simple() {
        return transaction(query, row);
    }

    @Benchmark
    public long prepared() {
        return transaction(run, boundRow);
    }

    private long transaction(ByteBuf asked, ByteBuf answered) {
        long before = owner.leases;
        var relay = client.relay();
        relay.link(postgres.connection());
        relay.fromClient(copy(asked));
        relay.flushServer();
        postgres.says(copy(answered));
        if (owner.leases != before + 1) {
            throw new IllegalStateException("the lease did not end");
        }
        return owner.leases;
    }

    /// As a socket would fill it.
    private static ByteBuf copy(ByteBuf what) {
        return PooledByteBufAllocator.DEFAULT
                .directBuffer(2048)
                .writeBytes(what, what.readerIndex(), what.readableBytes());
    }

    private static ByteBuf frame(char tag, String body) {
        return Unpooled.directBuffer()
                .writeByte(tag)
                .writeInt(body.length() + 4)
                .writeBytes(body.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static ByteBuf frames(ByteBuf... frames) {
        var all = Unpooled.directBuffer();
        for (var frame : frames) {
            all.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
        }
        return all;
    }

    /// A client that counts its transactions and expects nothing else.
    private static final class Owner implements RelayOwner {
        private long leases;

        @Override
        public void leaseEnded(ServerConnection server) {
            leases++;
        }

        @Override
        public void boundary() {}

        @Override
        public void serverLost(boolean told) {
            throw new IllegalStateException("server lost");
        }

        @Override
        public void terminated() {
            throw new IllegalStateException("terminated");
        }

        @Override
        public void violated(PgError error) {
            throw new IllegalStateException(error.toString());
        }

        @Override
        public void broken(PgError error) {
            throw new IllegalStateException(error.toString());
        }

        @Override
        public void parameterChanged(String name, String value) {}

        @Override
        public void readClient(boolean on) {}
    }
}
