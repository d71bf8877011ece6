package io.pgdoorman.pooler.server;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.ErrorFields;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What PostgreSQL answers to a query of the pooler's own. Belongs to the server's event loop.
final class ServerErrand implements AnswerReader.Answer {
    private static final Logger LOG = LoggerFactory.getLogger(ServerErrand.class);

    /// Answers to resets and probes are tiny.
    private static final int MAX_MESSAGE = 1024 * 1024;

    private final ServerConnection server;
    private final Consumer<ServerAnswer> done;
    private @Nullable ScheduledFuture<?> timeout;
    private @Nullable PgError refusal;
    private boolean idle;
    private boolean onlyAsynchronous;

    ServerErrand(ServerConnection server, Consumer<ServerAnswer> done) {
        this.server = server;
        this.done = done;
    }

    /// One that gives its answer to this errand.
    AnswerReader reader() {
        return new AnswerReader(server, MAX_MESSAGE, this);
    }

    /// Nothing was asked, so anything but notices and parameters ends the connection.
    void onlyAsynchronous() {
        onlyAsynchronous = true;
    }

    void expireAfter(long limit, TimeUnit unit) {
        timeout = server.line().executor().schedule(() -> server.close(CloseReason.TIMEOUT), limit, unit);
    }

    @Override
    public void message(byte tag, ByteBuf body) throws ProtocolException {
        switch (tag) {
            case Backend.NOTICE_RESPONSE, Backend.NOTIFICATION_RESPONSE -> {}
            case Backend.ERROR_RESPONSE -> error(body);
            case Backend.READY_FOR_QUERY -> {
                if (onlyAsynchronous) {
                    throw ProtocolException.violation("unasked ReadyForQuery");
                }
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

    @Override
    public void broken(ProtocolException why) {
        LOG.atDebug()
                .setMessage("server's answer to a query of the pooler's own is not understood")
                .addKeyValue("server", server.id())
                .addKeyValue("reason", why.getMessage())
                .log();
    }

    @Override
    public void complete() {
        end(answer());
    }

    @Override
    public void lost() {
        end(new ServerAnswer.Lost());
    }

    private void end(ServerAnswer answer) {
        var running = timeout;
        if (running != null) {
            running.cancel(false);
        }
        done.accept(answer);
    }
}
