package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.ResultShape;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.prepare.StatementText;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What PostgreSQL says of statements. Belongs to the event loop.
///
/// What those without a result are, once for each. In a failed transaction it describes no others, and parses none, so
/// that a server which lacks the statement could not be asked then: it is asked when the statement is parsed first.
///
/// What parameters and rows of others are like, each time one is parsed that clients may know: a server that lacks a
/// statement and parses it after its tables changed would give rows of which the client was told otherwise, where
/// PostgreSQL refuses them. The Describe rides in the same write.
final class Descriptions {
    private static final byte[] NO_DATA = {Backend.NO_DATA, 0, 0, 0, 4};

    private final Relay relay;
    private final Ledger ledger;
    private byte @Nullable [] parameters;

    Descriptions(Relay relay) {
        this.relay = relay;
        this.ledger = relay.ledger();
    }

    void startOver() {
        parameters = null;
    }

    /// ParameterDescription.
    void parameters(ByteBuf in, int body, int end) {
        var statement = ledger.headStatement();
        parameters = null;
        boolean isAwaited = statement != null && (!statement.isDescribed() || areRowsAwaited());
        if (isAwaited && Homeward.isWhole(in, body, end)) {
            byte[] message = new byte[end - body + Frame.HEADER];
            in.getBytes(body - Frame.HEADER, message);
            parameters = message;
        }
    }

    /// Whether a RowDescription for the head tells something.
    boolean areRowsAwaited() {
        var statement = ledger.head() == Ledger.DESCRIBE ? ledger.headStatement() : null;
        return statement != null && (isShapeOpen(statement) || isComparing(ledger.headNote()));
    }

    private static boolean isShapeOpen(Statement statement) {
        int never = StatementText.NO_RESULT | StatementText.UTILITY_RESULT;
        return statement.shape() == ResultShape.UNKNOWN && (statement.dirt() & never) == 0;
    }

    private static boolean isComparing(@Nullable Note note) {
        return note != null && (note.described != null || Note.COMPARING.equals(note));
    }

    /// RowDescription or NoData for the head.
    void result(ByteBuf in, int body, int end, boolean isThere) {
        var statement = ledger.headStatement();
        byte[] said = parameters;
        parameters = null;
        if (statement == null || said == null) {
            return;
        }
        if (areRowsAwaited() && Homeward.isWhole(in, body, end)) {
            byte[] types = Arrays.copyOfRange(said, Frame.HEADER, said.length);
            long shape = ResultShape.ofParameters(types);
            meets(statement, isThere ? ResultShape.of(shape, in, body, end) : shape, types);
        }
        if (!statement.isDescribed()) {
            statement.described(isThere ? null : said);
        }
    }

    private void meets(Statement statement, long shape, byte[] types) {
        if (isShapeOpen(statement)) {
            statement.analysed(shape, types);
        } else if (statement.shape() != ResultShape.UNKNOWN && statement.shape() != shape) {
            statement.retire();
            relay.held().statements().isAnother(statement);
            var note = ledger.headNote();
            if (note != null && note.described != null) {
                relay.outward().hasBecomeAnother(note.described, statement, shape, types);
            }
        }
    }

    /// Asks for what only PostgreSQL can say of a statement that the server has just parsed.
    ///
    /// @param name of the client's, which means what PostgreSQL says now
    static void askOfParsed(Relay relay, Statement statement, byte[] name) {
        boolean isUnsure = (statement.dirt() & StatementText.UNSURE_RESULT) != 0 && !statement.isDescribed();
        if (isUnsure || statement.shape() != ResultShape.UNKNOWN || isLasting(statement, name)) {
            ask(relay, statement, Note.comparing(name));
        }
    }

    /// Asks what the rows of a statement are like that the server knows, before the client has a name for it.
    static void askOfKnown(Relay relay, Statement statement, byte[] name) {
        if (isLasting(statement, name)) {
            ask(relay, statement, Note.comparing(name));
        }
    }

    /// Whether nobody knows what its rows are like, and the client will use it again without asking.
    private static boolean isLasting(Statement statement, byte[] name) {
        return name.length > 0 && isShapeOpen(statement);
    }

    static void ask(Relay relay, Statement statement, Note note) {
        if (relay.status() != Backend.STATUS_FAILED) {
            FrontendWriter.describeStatement(relay.toServer().space(64), statement.name());
            relay.ledger().swallowDescription(statement, note);
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
