package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pgdoorman.pooler.cancel.CancelKey;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.client.AdminConsole.Answer;
import io.pgdoorman.pooler.client.AdminConsole.Prepared;
import io.pgdoorman.pooler.net.ChannelLine;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Carry;
import io.pgdoorman.pooler.wire.FieldFormats;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A client of the console: a server that lives in this process answers it, in the simple and in the extended protocol.
/// Belongs to the event loop.
///
/// Messages are taken one after the other. While a command runs (PAUSE may wait for hours) nothing behind it is looked
/// at.
final class AdminSession extends ChannelInboundHandlerAdapter {
    private static final int MAX_MESSAGE = 64 * 1024;
    private static final int HEADER = 5;

    private final AdminStatements statements;
    private final AdminConsole console;
    private final Carry carry = new Carry();
    private final AdminConsole.Rights rights;
    private final CancelRegistry cancels;
    private final Executor loop;
    private @Nullable CancelKey cancelKey;
    private @Nullable Errand errand;

    /// After an error in the extended protocol everything up to Sync is skipped (manual, "Extended Query").
    private boolean skipping;

    /// @param loop the session's own
    AdminSession(AdminConsole console, AdminConsole.Rights rights, CancelRegistry cancels, Executor loop) {
        this.console = console;
        this.rights = rights;
        this.cancels = cancels;
        this.loop = loop;
        this.statements = new AdminStatements(console, rights);
    }

    /// A command that runs; what it answers after it was given up counts for nothing.
    private final class Errand {
        private final ChannelHandlerContext ctx;
        private final Consumer<Answer> then;
        private final @Nullable Runnable abandon;

        Errand(ChannelHandlerContext ctx, Consumer<Answer> then, @Nullable Runnable abandon) {
            this.ctx = ctx;
            this.then = then;
            this.abandon = abandon;
        }

        void answered(Answer answer) {
            if (this.equals(errand)) {
                errand = null;
                then.accept(answer);
                goOn(ctx);
            }
        }

        void giveUp() {
            if (abandon != null) {
                abandon.run();
            }
        }

        void cancel() {
            if (abandon != null) {
                abandon.run();
                answered(new Answer.Failed(
                        PgError.error(SqlState.QUERY_CANCELED, "canceling statement due to user request")));
            }
        }
    }

    /// From here on what it waits for can be cancelled.
    CancelKey begin() {
        var key = cancels.issue(this::cancel, CancelKey.SHORT_SECRET);
        cancelKey = key;
        return key;
    }

    private void cancel(Runnable ended) {
        loop.execute(() -> {
            var running = errand;
            if (running != null) {
                running.cancel();
            }
            ended.run();
        });
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        read(ctx, carry.join((ByteBuf) message));
    }

    /// Takes over `in`.
    private void read(ChannelHandlerContext ctx, ByteBuf in) {
        var out = ctx.alloc().buffer(1024);
        try {
            while (errand == null && ctx.channel().isWritable() && isWhole(in)) {
                byte tag = in.readByte();
                int length = in.readInt();
                message(ctx, tag, in.readSlice(length - 4), out);
            }
        } catch (ProtocolException violation) {
            in.skipBytes(in.readableBytes());
            Farewell.say(new ChannelLine(ctx.channel()), violation.error());
        } finally {
            carry.keep(in, ctx.channel().isActive() ? in.readerIndex() : in.writerIndex());
            // a client that leaves is noticed as long as its reads are on
            ctx.channel().config().setAutoRead(carry.size() <= MAX_MESSAGE);
            flush(ctx, out);
        }
    }

    private static boolean isWhole(ByteBuf in) throws ProtocolException {
        if (in.readableBytes() < HEADER) {
            return false;
        }
        int length = in.getInt(in.readerIndex() + 1);
        if (length < 4 || length > MAX_MESSAGE) {
            throw ProtocolException.violation(
                    "invalid message length " + length + ", expected 4 to " + MAX_MESSAGE + " in the console");
        }
        return in.readableBytes() > length;
    }

    private void message(ChannelHandlerContext ctx, byte tag, ByteBuf body, ByteBuf out) throws ProtocolException {
        switch (tag) {
            case Frontend.TERMINATE -> {
                var _ = ctx.close();
            }
            case Frontend.SYNC -> {
                skipping = false;
                statements.endOfBatch();
                BackendWriter.readyForQuery(out, Backend.STATUS_IDLE);
            }
            case Frontend.FLUSH -> {
                // all that is there is flushed at the end of each read
            }
            case Frontend.QUERY -> query(ctx, CString.read(body), out);
            case Frontend.FUNCTION_CALL -> {
                refuse(PgError.error(SqlState.FEATURE_NOT_SUPPORTED, "the console has no functions"), out);
                skipping = false;
                BackendWriter.readyForQuery(out, Backend.STATUS_IDLE);
            }
            default -> {
                if (!skipping) {
                    extended(ctx, tag, body, out);
                }
            }
        }
    }

    private void query(ChannelHandlerContext ctx, String sql, ByteBuf out) {
        skipping = false;
        switch (console.prepare(sql, rights)) {
            case Prepared.Nothing() -> BackendWriter.bare(out, Backend.EMPTY_QUERY_RESPONSE);
            case Prepared.Refused(var error) -> BackendWriter.error(out, error);
            case Prepared.Command command -> {
                start(ctx, command, answer -> simply(ctx, command, answer));
                return;
            }
        }
        BackendWriter.readyForQuery(out, Backend.STATUS_IDLE);
    }

    private void simply(ChannelHandlerContext ctx, Prepared.Command command, Answer answer) {
        var out = ctx.alloc().buffer(1024);
        switch (answer) {
            case Answer.Rows table -> {
                BackendWriter.rowDescription(out, command.columns(), FieldFormats.TEXT);
                for (List<@Nullable String> row : table.rows()) {
                    BackendWriter.dataRow(out, command.columns(), FieldFormats.TEXT, row);
                }
                BackendWriter.commandComplete(out, table.tag());
            }
            case Answer.Done(var tag) -> BackendWriter.commandComplete(out, tag);
            case Answer.Forgotten(var tag, var name) -> {
                var refusal = forget(name);
                if (refusal == null) {
                    BackendWriter.commandComplete(out, tag);
                } else {
                    BackendWriter.error(out, refusal);
                }
            }
            case Answer.Failed(var error) -> BackendWriter.error(out, error);
        }
        BackendWriter.readyForQuery(out, Backend.STATUS_IDLE);
        flush(ctx, out);
    }

    private void extended(ChannelHandlerContext ctx, byte tag, ByteBuf body, ByteBuf out) throws ProtocolException {
        try {
            if (tag != Frontend.EXECUTE) {
                statements.take(tag, body, out);
                return;
            }
            var run = statements.execute(body, out);
            if (run != null) {
                start(ctx, run.command(), answer -> executed(ctx, run, answer));
            }
        } catch (AdminStatements.Refused refused) {
            refuse(refused.error(), out);
        }
    }

    private void executed(ChannelHandlerContext ctx, AdminStatements.Run run, Answer answer) {
        var out = ctx.alloc().buffer(1024);
        var refusal = switch (answer) {
            case Answer.Failed(var error) -> error;
            case Answer.Forgotten(var _, var name) -> forget(name);
            case Answer.Rows _, Answer.Done _ -> null;
        };
        if (refusal != null) {
            refuse(refusal, out);
        } else {
            run.answered(answer, out);
        }
        flush(ctx, out);
    }

    private @Nullable PgError forget(@Nullable String statement) {
        try {
            statements.forget(statement);
            return null;
        } catch (AdminStatements.Refused refused) {
            return refused.error();
        }
    }

    private void refuse(PgError error, ByteBuf out) {
        skipping = true;
        BackendWriter.error(out, error);
    }

    /// Runs a command; until it answered, nothing else is looked at.
    private void start(ChannelHandlerContext ctx, Prepared.Command command, Consumer<Answer> then) {
        var begun = command.run().get();
        var running = new Errand(ctx, then, begun.abandon());
        errand = running;
        var _ = begun.answer().thenAccept(answer -> ctx.executor().execute(() -> running.answered(answer)));
    }

    private void goOn(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            read(ctx, carry.join(Unpooled.EMPTY_BUFFER));
        }
    }

    private static void flush(ChannelHandlerContext ctx, ByteBuf out) {
        if (out.isReadable()) {
            var _ = ctx.writeAndFlush(out);
        } else {
            out.release();
        }
    }

    /// Who reads its answers slowly is read slowly.
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable() && errand == null) {
            goOn(ctx);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        carry.release();
        var key = cancelKey;
        if (key != null) {
            cancels.forget(key);
        }
        var running = errand;
        if (running != null) {
            errand = null;
            running.giveUp();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var _ = ctx.close();
    }
}
