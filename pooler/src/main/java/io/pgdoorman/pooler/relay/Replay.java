package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.wire.ErrorFields;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.IntPredicate;

/// The first batch of a lease as the client sent it, so that it can be planned once more when PostgreSQL refuses a
/// statement that was taken for known. The bytes lie in a buffer of the server's. Belongs to the event loop.
///
/// A copy of some hundred bytes for each transaction of the extended protocol; longer batches are not kept, and what
/// they meet is passed on.
final class Replay {
    /// Where PostgreSQL finds that a result changed.
    static final String CHANGED_RESULT = "RevalidateCachedQuery";

    private final Relay relay;
    private byte[] bytes = new byte[0];
    private int length;
    private boolean isOpen;
    private boolean isDue;

    Replay(Relay relay) {
        this.relay = relay;
    }

    void begin(byte[] buffer) {
        bytes = buffer;
        length = 0;
        isOpen = true;
        isDue = false;
    }

    void stop() {
        isOpen = false;
        isDue = false;
    }

    boolean isOpen() {
        return isOpen;
    }

    /// Keeps what the client sent there, as long as it is the extended protocol and fits.
    void add(ByteBuf in, int from, int to) {
        int more = to - from;
        if (more == 0) {
            return;
        }
        boolean begins = length > 0 || isExtended(in.getByte(from));
        if (!begins || more > bytes.length - length) {
            stop();
            return;
        }
        in.getBytes(from, bytes, length, more);
        length += more;
    }

    private static boolean isExtended(byte tag) {
        return tag == Frontend.PARSE || tag == Frontend.BIND || tag == Frontend.DESCRIBE;
    }

    /// Looks whether an error says that a statement is not, or no more, what it was taken for. Then nobody is given it
    /// any more; and if it comes first in a transaction, and the client will hear what its result looks like, the
    /// batch is sent once more with a new one. A client that only binds and executes is told the error, as by
    /// PostgreSQL: it would take the new result for what it was told of the old.
    ///
    /// @param heard what the client heard of this transaction so far
    /// @return whether the client need not hear of the error
    boolean heals(ByteBuf in, int body, int end, Heard heard) {
        var statement = relay.ledger().firstUsed();
        if (statement == null) {
            return false;
        }
        var state = ErrorFields.field(in, body, end, 'C');
        boolean changed = isChanged(in, body, end, state);
        boolean lost = state.equals(SqlState.INVALID_STATEMENT_NAME)
                && ErrorFields.field(in, body, end, 'M').contains("\"" + statement + "\"");
        if (!changed && !lost) {
            return false;
        }
        statement.retire();
        boolean heals = isOpen && relay.isFirstBatch() && isPossible(heard) && (lost || showsResult());
        if (heals) {
            relay.undo().startOver();
            has(this::forgetsName);
            isOpen = false;
            isDue = true;
        }
        if (lost) {
            relay.held().statements().doubt();
        }
        return heals;
    }

    /// Whether what the statement was analysed to is no more: its result has other types, or a type is gone.
    private static boolean isChanged(ByteBuf in, int body, int end, String state) {
        return switch (state) {
            case SqlState.FEATURE_NOT_SUPPORTED ->
                ErrorFields.field(in, body, end, 'R').equals(CHANGED_RESULT);
            case SqlState.INTERNAL_ERROR ->
                ErrorFields.field(in, body, end, 'M').startsWith("cache lookup failed"); // never translated
            default -> false;
        };
    }

    /// What a client heard in its lease.
    enum Heard {
        NOTHING,
        /// Answers that have not left.
        NOTHING_YET,
        SOMETHING
    }

    /// Whether the batch can be sent twice: what a name meant before a Close that was answered is not known any more.
    private boolean isPossible(Heard heard) {
        return switch (heard) {
            case NOTHING -> true;
            case NOTHING_YET -> !has(at -> bytes[at] == Frontend.CLOSE);
            case SOMETHING -> false;
        };
    }

    /// A named Parse that was answered: before it the name meant nothing.
    ///
    /// @return false, so that all are looked at
    private boolean forgetsName(int at) {
        int name = at + Frame.HEADER;
        if (bytes[at] == Frontend.PARSE && bytes[name] != 0) {
            int end = name;
            while (bytes[end] != 0) {
                end++;
            }
            byte[] kept = ClientStatements.kept(Arrays.copyOfRange(bytes, name, end));
            var _ = relay.statements().put(kept, null);
        }
        return false;
    }

    /// Whether the client will be told what its result looks like: else it relies on what it was told before.
    boolean showsResult() {
        return has(at -> bytes[at] == Frontend.PARSE || bytes[at] == Frontend.DESCRIBE);
    }

    /// Whether a message is such, by where it begins.
    private boolean has(IntPredicate such) {
        for (int at = 0; at + Frame.HEADER < length; ) {
            if (such.test(at)) {
                return true;
            }
            int word = ByteBuffer.wrap(bytes).getInt(at + 1);
            at += word + 1;
        }
        return false;
    }

    /// Whether it will be sent again as soon as PostgreSQL is ready.
    boolean isDue() {
        return isDue;
    }

    /// Appends what was kept, and is done.
    void giveTo(ByteBuf out) {
        isDue = false;
        out.writeBytes(bytes, 0, length);
    }
}
