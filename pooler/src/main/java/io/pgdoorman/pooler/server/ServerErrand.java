package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Carry;
import io.pgdoorman.pooler.wire.ErrorFields;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the answer to a query of the pooler's own, up to ReadyForQuery. Belongs to the server's event loop.
final class ServerErrand implements ServerListener {
    private static final Logger LOG = LoggerFactory.getLogger(ServerErrand.class);

    /// Answers to resets and probes are tiny.
    private static final int MAX_MESSAGE = 1024 * 1024;

    private final ServerConnection server;
    private final Consumer<ServerAnswer> done;
    private final Carry carry = new Carry();
    private @Nullable ScheduledFuture<?> timeout;
    private @Nullable PgError refusal;
    private boolean ready;
    private boolean idle;
    private boolean ended;
    private boolean onlyAsynchronous;

    ServerErrand(ServerConnection server, Consumer<ServerAnswer> done) {
        this.server = server;
        this.done = done;
    }

    /// Nothing was asked, so anything but notices and parameters ends the connection.
    void onlyAsynchronous() {
        onlyAsynchronous = true;
    }

    /// Whether part of a message is held back.
    boolean hasRest() {
        return !carry.isEmpty();
    }

    void expireAfter(long limit, TimeUnit unit) {
        timeout = server.channel().eventLoop().schedule(() -> server.close(CloseReason.TIMEOUT), limit, unit);
    }

    @Override
    public void fromServer(ByteBuf chunk) {
        var in = carry.join(chunk);
        try {
            read(in);
        } catch (ProtocolException broken) {
            server.close(CloseReason.PROTOCOL);
        } finally {
            carry.keep(in, ended ? in.writerIndex() : in.readerIndex());
        }
    }

    private void read(ByteBuf in) throws ProtocolException {
        while (!ended && in.readableBytes() >= 5) {
            byte tag = in.getByte(in.readerIndex());
            int length = in.getInt(in.readerIndex() + 1);
            if (length < 4 || length > MAX_MESSAGE) {
                throw ProtocolException.violation("message of " + length + " bytes");
            }
            if (in.readableBytes() < length + 1) {
                return;
            }
            in.skipBytes(5);
            message(tag, in.readSlice(length - 4));
        }
        if (ready && !ended && !in.isReadable()) {
            server.detach(this);
            end(answer());
        }
    }

    private void message(byte tag, ByteBuf body) throws ProtocolException {
        switch (tag) {
            case Backend.PARAMETER_STATUS -> server.noteParameter(CString.read(body), CString.read(body));
            case Backend.NOTICE_RESPONSE, Backend.NOTIFICATION_RESPONSE -> {}
            case Backend.ERROR_RESPONSE -> error(body);
            case Backend.READY_FOR_QUERY -> {
                if (onlyAsynchronous) {
                    throw ProtocolException.violation("unasked ReadyForQuery");
                }
                // A parameter or a notice may follow in the same breath: whoever comes next must not get half of it.
                ready = true;
                idle = body.isReadable() && body.readByte() == Backend.STATUS_IDLE;
            }
            default -> {
                if (onlyAsynchronous) {
                    throw ProtocolException.violation("unasked message");
                }
            }
        }
    }

    private void error(ByteBuf body) {
        var error = ErrorFields.error(body, body.readerIndex(), body.writerIndex());
        refusal = error;
        if (onlyAsynchronous) {
            server.close(CloseReason.PEER);
            return;
        }
        LOG.atDebug()
                .setMessage("server refused a query of the pooler's own")
                .addKeyValue("server", server.id())
                .addKeyValue("sqlState", error.sqlState())
                .log();
    }

    private ServerAnswer answer() {
        var error = refusal;
        if (!idle) {
            return new ServerAnswer.Lost();
        }
        return error == null ? new ServerAnswer.Done() : new ServerAnswer.Refused(error);
    }

    private void end(ServerAnswer answer) {
        if (ended) {
            return;
        }
        ended = true;
        var running = timeout;
        if (running != null) {
            running.cancel(false);
        }
        done.accept(answer);
    }

    @Override
    public void serverReadComplete() {}

    @Override
    public void serverWritabilityChanged() {}

    @Override
    public void serverClosed(CloseReason reason) {
        carry.release();
        end(new ServerAnswer.Lost());
    }
}
