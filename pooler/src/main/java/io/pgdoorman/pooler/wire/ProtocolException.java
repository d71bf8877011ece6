package io.pgdoorman.pooler.wire;

import io.netty.buffer.ByteBuf;

/// Bytes that break the protocol. Stackless: hostile peers must not make us walk stacks.
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient PgError error;

    public ProtocolException(PgError error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    public static ProtocolException violation(String message) {
        return new ProtocolException(PgError.fatal(SqlState.PROTOCOL_VIOLATION, message));
    }

    /// What a message has to have still, before it is read.
    ///
    /// @throws ProtocolException when fewer bytes are left
    public static void unlessLeft(ByteBuf message, int bytes) throws ProtocolException {
        if (message.readableBytes() < bytes) {
            throw violation("insufficient data left in message");
        }
    }

    public PgError error() {
        return error;
    }
}
