package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.wire.Backend;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What PostgreSQL says of statements without a result, once for each. In a failed transaction it describes no
/// others, and parses none, so that a server which lacks the statement could not be asked. Belongs to the event
/// loop.
final class Descriptions {
    private static final byte[] NO_DATA = {Backend.NO_DATA, 0, 0, 0, 4};

    private final Ledger ledger;
    private byte @Nullable [] parameters;

    Descriptions(Ledger ledger) {
        this.ledger = ledger;
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

    /// All that PostgreSQL would say if it knew the statement, which it would not parse now; null where it is to be
    /// asked.
    static byte @Nullable [] insteadOfParse(Relay relay, Statement statement) {
        if (relay.status() != Backend.STATUS_FAILED || relay.held().statements().knows(statement)) {
            return null;
        }
        byte[] parameters = statement.parametersWithoutResult();
        if (parameters == null) {
            return null;
        }
        byte[] both = Arrays.copyOf(parameters, parameters.length + NO_DATA.length);
        System.arraycopy(NO_DATA, 0, both, parameters.length, NO_DATA.length);
        return both;
    }
}
