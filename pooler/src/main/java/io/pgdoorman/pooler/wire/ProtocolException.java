package io.pgdoorman.pooler.wire;

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

    public PgError error() {
        return error;
    }
}
