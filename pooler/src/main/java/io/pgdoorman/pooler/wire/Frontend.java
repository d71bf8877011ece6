package io.pgdoorman.pooler.wire;

/// Tags of messages that a client sends (PostgreSQL manual, "Message Formats").
public final class Frontend {
    public static final byte BIND = 'B';
    public static final byte CLOSE = 'C';
    public static final byte COPY_DATA = 'd';
    public static final byte COPY_DONE = 'c';
    public static final byte COPY_FAIL = 'f';
    public static final byte DESCRIBE = 'D';
    public static final byte EXECUTE = 'E';
    public static final byte FLUSH = 'H';
    public static final byte FUNCTION_CALL = 'F';
    public static final byte PARSE = 'P';
    public static final byte PASSWORD = 'p';
    public static final byte QUERY = 'Q';
    public static final byte SYNC = 'S';
    public static final byte TERMINATE = 'X';

    /// Names a prepared statement in Describe and Close; the other target is a portal.
    public static final byte TARGET_STATEMENT = 'S';
    public static final byte TARGET_PORTAL = 'P';

    /// PostgreSQL's PQ_LARGE_MESSAGE_LIMIT.
    private static final int MAX_LARGE = 0x3fffffff;

    /// PostgreSQL's PQ_SMALL_MESSAGE_LIMIT, for messages that only have a name or nothing.
    private static final int MAX_SMALL = 10_000;

    private Frontend() {}

    /// The greatest length word that a message may have after login.
    public static int maxLength(byte tag) {
        return switch (tag) {
            case CLOSE, DESCRIBE, EXECUTE, FLUSH, SYNC, TERMINATE, COPY_DONE, COPY_FAIL -> MAX_SMALL;
            default -> MAX_LARGE;
        };
    }
}
