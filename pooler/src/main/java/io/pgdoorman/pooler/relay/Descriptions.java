package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.prepare.StatementText;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What PostgreSQL says of statements without a result, once for each. In a failed transaction it describes no
/// others, and parses none, so that a server which lacks the statement could not be asked then: it is asked when
/// the statement is parsed first. Belongs to the event loop.
final class Descriptions {
    private static final byte[] NO_DATA = {Backend.NO_DATA, 0, 0, 0, 4};

    private final Ledger ledger;
    private byte @Nullable [] parameters;

    Descriptions(Ledger ledger) {
        this.ledger = ledger;
    }

    void startOver() {
        parameters = null;
    }

    /// ParameterDescription.
    void parameters(ByteBuf in, int body, int end) {
        var statement = ledger.headStatement();
        parameters = null;
        if (statement != null && !statement.isDescribed() && Homeward.isWhole(in, body, end)) {
            byte[] message = new byte[end - body + Frame.HEADER];
            in.getBytes(body - Frame.HEADER, message);
            parameters = message;
        }
    }

    /// RowDescription or NoData for the head.
    void result(boolean isThere) {
        var statement = ledger.headStatement();
        if (statement != null && !statement.isDescribed() && parameters != null) {
            statement.described(isThere ? null : parameters);
        }
        parameters = null;
    }

    /// Asks for what only PostgreSQL can say of a statement that the server knows by now.
    static void ask(Relay relay, Statement statement) {
        boolean isOpen = (statement.dirt() & StatementText.UNSURE_RESULT) != 0 && !statement.isDescribed();
        if (isOpen && relay.status() != Backend.STATUS_FAILED) {
            FrontendWriter.describeStatement(relay.toServer().space(64), statement.name());
            relay.ledger().swallowDescription(statement);
        }
    }

    /// All that PostgreSQL would say if it knew the statement, which it would not parse now; null where it is to be
    /// asked.
    static byte @Nullable [] insteadOfParse(Relay relay, Statement statement) {
        if (relay.status() != Backend.STATUS_FAILED || relay.held().statements().knows(statement)) {
            return null;
        }
        boolean hasNone = (statement.dirt() & StatementText.NO_RESULT) != 0;
        byte @Nullable [] parameters = hasNone ? declared(statement.tail()) : statement.parametersWithoutResult();
        if (parameters == null) {
            return null;
        }
        byte[] both = Arrays.copyOf(parameters, parameters.length + NO_DATA.length);
        System.arraycopy(NO_DATA, 0, both, parameters.length, NO_DATA.length);
        return both;
    }

    /// The types that a Parse declares, as a ParameterDescription.
    private static byte @Nullable [] declared(byte[] tail) {
        int text = CString.end(Unpooled.wrappedBuffer(tail), 0, tail.length);
        if (text < 0) {
            return null;
        }
        int length = tail.length - text - 1;
        return ByteBuffer.allocate(Frame.HEADER + length)
                .put(Backend.PARAMETER_DESCRIPTION)
                .putInt(Integer.BYTES + length)
                .put(tail, text + 1, length)
                .array();
    }
}
