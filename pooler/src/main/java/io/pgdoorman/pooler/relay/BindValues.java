package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.prepare.StatementText;
import io.pgdoorman.pooler.session.TextParameters;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// How many values and formats for them a Bind brings. PostgreSQL counts them before it looks whether the transaction
/// has failed (exec_bind_message in its postgres.c), and so must who answers for a server that lacks the statement and
/// could not parse it then.
final class BindValues {
    private BindValues() {}

    /// Where the values begin, in what is there, or -1.
    ///
    /// @param from behind the names
    static int begin(ByteBuf in, int from, int end) {
        int formats = from + Short.BYTES;
        if (formats > end) {
            return -1;
        }
        int values = formats + in.getUnsignedShort(from) * Short.BYTES + Short.BYTES;
        return values > end ? -1 : values;
    }

    /// Why PostgreSQL would refuse the Bind whatever its transaction is; null where it would not, or nobody knows.
    ///
    /// @param name where the statement's name begins
    /// @param nul where it ends
    static @Nullable PgError fault(Frame frame, int name, int nul, Statement statement) {
        var in = frame.in();
        int begin = begin(in, nul + 1, frame.thereOf());
        if (begin < 0) {
            return null;
        }
        int formats = in.getUnsignedShort(nul + 1);
        int values = in.getUnsignedShort(begin - Short.BYTES);
        if (formats > 1 && formats != values) {
            return violation("bind message has " + formats + " parameter formats but " + values + " parameters");
        }
        int wanted = wanted(statement);
        return wanted == TextParameters.UNKNOWN || wanted == values
                ? null
                : violation("bind message supplies " + values + " parameters, but prepared statement \""
                        + in.toString(name, nul - name, StandardCharsets.UTF_8) + "\" requires " + wanted);
    }

    private static PgError violation(String text) {
        return PgError.error(SqlState.PROTOCOL_VIOLATION, text);
    }

    private static int wanted(Statement statement) {
        byte[] described = statement.parametersWithoutResult();
        if (described != null) {
            return Unpooled.wrappedBuffer(described).getUnsignedShort(Frame.HEADER);
        }
        var tail = Unpooled.wrappedBuffer(statement.tail());
        int nul = CString.end(tail, 0, tail.capacity());
        if (nul < 0 || nul + 1 + Short.BYTES > tail.capacity()) {
            return TextParameters.UNKNOWN;
        }
        int declared = tail.getUnsignedShort(nul + 1);
        if ((statement.dirt() & StatementText.NO_RESULT) != 0) {
            return declared;
        }
        int named = TextParameters.in(tail, 0, nul);
        return named == TextParameters.UNKNOWN ? named : Math.max(declared, named);
    }
}
