package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.Carry;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// A client of the console: simple queries go to a server that lives in this process. Belongs to the event loop.
///
/// Messages of the extended protocol are answered with an error and the session goes on.
final class AdminSession extends ChannelInboundHandlerAdapter {
    private static final int MAX_MESSAGE = 64 * 1024;
    private static final int HEADER = 5;

    private final Console console;
    private final Queue<String> commands = new ArrayDeque<>();
    private final Carry carry = new Carry();
    private boolean running;
    private boolean skipping;

    AdminSession(Console console) {
        this.console = console;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var in = carry.join((ByteBuf) message);
        try {
            read(ctx, in);
        } finally {
            carry.keep(in, ctx.channel().isActive() ? in.readerIndex() : in.writerIndex());
        }
    }

    private void read(ChannelHandlerContext ctx, ByteBuf in) {
        while (in.readableBytes() >= HEADER) {
            byte tag = in.getByte(in.readerIndex());
            int length = in.getInt(in.readerIndex() + 1);
            if (length < 4 || length > MAX_MESSAGE) {
                in.skipBytes(in.readableBytes());
                Farewell.say(
                        ctx.channel(), PgError.fatal(SqlState.PROTOCOL_VIOLATION, "invalid message length " + length));
                return;
            }
            if (in.readableBytes() < length + 1) {
                return;
            }
            in.skipBytes(HEADER);
            message(ctx, tag, in.readSlice(length - 4));
        }
    }

    private void message(ChannelHandlerContext ctx, byte tag, ByteBuf body) {
        switch (tag) {
            case Frontend.QUERY -> {
                int textLength = Math.max(0, body.readableBytes() - 1);
                commands.add(body.toString(body.readerIndex(), textLength, StandardCharsets.UTF_8));
                next(ctx);
            }
            case Frontend.TERMINATE -> {
                var _ = ctx.close();
            }
            case Frontend.SYNC -> {
                skipping = false;
                var out = ctx.alloc().buffer(8);
                BackendWriter.readyForQuery(out, Backend.STATUS_IDLE);
                var _ = ctx.writeAndFlush(out);
            }
            default -> {
                if (!skipping && tag != Frontend.FLUSH) {
                    skipping = true;
                    var out = ctx.alloc().buffer(128);
                    BackendWriter.error(
                            out,
                            PgError.error(
                                    SqlState.FEATURE_NOT_SUPPORTED,
                                    "the console understands the simple query protocol only"));
                    var _ = ctx.writeAndFlush(out);
                }
            }
        }
    }

    private void next(ChannelHandlerContext ctx) {
        var sql = running ? null : commands.poll();
        if (sql == null) {
            return;
        }
        running = true;
        var _ = console.execute(sql)
                .thenAccept(answer -> ctx.executor().execute(() -> {
                    running = false;
                    answer(ctx, answer);
                    next(ctx);
                }));
    }

    private static void answer(ChannelHandlerContext ctx, Console.Answer answer) {
        var out = ctx.alloc().buffer(1024);
        switch (answer) {
            case Console.Answer.Rows table -> {
                BackendWriter.rowDescription(out, table.columns());
                for (List<@Nullable String> row : table.rows()) {
                    BackendWriter.dataRow(out, row);
                }
                BackendWriter.commandComplete(out, table.tag());
            }
            case Console.Answer.Done(var tag) -> BackendWriter.commandComplete(out, tag);
            case Console.Answer.Empty() -> BackendWriter.bare(out, Backend.EMPTY_QUERY_RESPONSE);
            case Console.Answer.Failed(var error) -> BackendWriter.error(out, error);
        }
        BackendWriter.readyForQuery(out, Backend.STATUS_IDLE);
        var _ = ctx.writeAndFlush(out);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        carry.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var _ = ctx.close();
    }
}
