package io.pgdoorman.pooler.lookup;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.server.AnswerReader;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.ErrorFields;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One question to PostgreSQL about one user, by the extended protocol (manual, "Extended Query").
/// Belongs to the server's event loop.
final class Question implements AnswerReader.Answer {
    /// A row has a verifier of some 130 bytes; whoever sends more was asked something else.
    private static final int MAX_MESSAGE = 64 * 1024;

    /// One more than there may be.
    private static final int MAX_ROWS = 2;

    /// Behind the name of a column: table, number, type, length, modifier, format.
    private static final int COLUMN_TAIL = 18;

    private final ServerConnection server;
    private final Consumer<Reply> done;
    private final List<String> columns = new ArrayList<>();
    private Runnable callOff = () -> {};
    private @Nullable Reply reply;

    /// @param done told once, on the server's loop; unless the reply is [Reply.Lost] the server can be asked again, if
    ///     it is open
    Question(ServerConnection server, Consumer<Reply> done) {
        this.server = server;
        this.done = done;
    }

    void ask(String query, String user, Loop loop, long limitNanos) {
        server.attach(new AnswerReader(server, MAX_MESSAGE, this));
        callOff = loop.arm(
                () -> {
                    reply = new Reply.Failed("no answer in time");
                    server.close(CloseReason.TIMEOUT);
                },
                limitNanos);
        byte[] text = query.getBytes(UTF_8);
        var tail = new byte[text.length + 3]; // NUL, and no types: PostgreSQL infers that of $1
        System.arraycopy(text, 0, tail, 0, text.length);
        var out = Unpooled.buffer(256);
        FrontendWriter.parse(out, new byte[0], tail);
        FrontendWriter.bindText(out, user.getBytes(UTF_8));
        FrontendWriter.describeUnnamedPortal(out);
        FrontendWriter.execute(out, MAX_ROWS);
        FrontendWriter.bare(out, Frontend.SYNC);
        server.write(out);
        server.flush();
    }

    @Override
    public void message(byte tag, ByteBuf body) throws ProtocolException {
        switch (tag) {
            case Backend.ROW_DESCRIPTION -> describe(body);
            case Backend.DATA_ROW -> row(body);
            case Backend.ERROR_RESPONSE -> error(body);
            case Backend.NO_DATA -> reply = new Reply.Failed("the query returns no rows at all");
            case Backend.COPY_IN_RESPONSE, Backend.COPY_OUT_RESPONSE, Backend.COPY_BOTH_RESPONSE ->
                throw ProtocolException.violation("the query is a COPY");
            default -> {}
        }
    }

    private void describe(ByteBuf body) throws ProtocolException {
        int count = count(body);
        for (int i = 0; i < count; i++) {
            columns.add(CString.read(body));
            if (body.readableBytes() < COLUMN_TAIL) {
                throw ProtocolException.violation("short description of a column");
            }
            body.skipBytes(COLUMN_TAIL);
        }
    }

    private void row(ByteBuf body) throws ProtocolException {
        if (reply != null) {
            reply = new Reply.Failed("the query returns more than one row");
            return;
        }
        int wanted = verifierColumn();
        int count = count(body);
        if (wanted < 0) {
            reply = new Reply.Failed("the query returns no column passwd or password, and more than one");
            return;
        }
        int also = columns.indexOf("startup_parameters");
        var verifier = "";
        var parameters = "";
        for (int i = 0; i < count; i++) {
            var value = value(body);
            verifier = i == wanted ? value : verifier;
            parameters = i == also ? value : parameters;
        }
        reply = new Reply.Row(verifier, parameters);
    }

    /// As PgDoorman: `passwd`, else `password`, else the only one.
    private int verifierColumn() {
        int named = columns.indexOf("passwd");
        if (named < 0) {
            named = columns.indexOf("password");
        }
        return named < 0 && columns.size() == 1 ? 0 : named;
    }

    private static int count(ByteBuf body) throws ProtocolException {
        if (body.readableBytes() < 2) {
            throw ProtocolException.violation("short row");
        }
        return body.readUnsignedShort();
    }

    private static String value(ByteBuf body) throws ProtocolException {
        int length = body.readableBytes() < 4 ? Integer.MAX_VALUE : body.readInt();
        if (length > body.readableBytes()) {
            throw ProtocolException.violation("short value");
        }
        return length < 0 ? "" : body.readCharSequence(length, UTF_8).toString();
    }

    private void error(ByteBuf body) {
        var error = ErrorFields.error(body, body.readerIndex(), body.writerIndex());
        reply = error.sqlState().startsWith("57P")
                ? new Reply.Lost() // it ends, and another connection may not
                : new Reply.Failed(error.message() + " (SQLSTATE " + error.sqlState() + ")");
    }

    @Override
    public void broken(ProtocolException why) {
        reply = new Reply.Failed(String.valueOf(why.getMessage()));
    }

    @Override
    public void complete() {
        end(reply == null ? new Reply.NoRow() : reply);
    }

    @Override
    public void lost() {
        end(reply instanceof Reply.Failed failed ? failed : new Reply.Lost());
    }

    private void end(Reply answer) {
        callOff.run();
        done.accept(answer);
    }
}
