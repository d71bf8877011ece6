package io.pgdoorman.pooler.session;

import io.netty.buffer.ByteBuf;

/// Recognises in a CommandComplete the few commands that change what a session remembers.
public enum CommandTag {
    OTHER,
    SET,
    RESET,
    LISTEN,
    UNLISTEN,
    LOAD,
    COMMIT,
    ROLLBACK,
    PREPARE,
    DEALLOCATE,
    DEALLOCATE_ALL,
    DISCARD_ALL,
    /// DO and CALL: code that may leave anything.
    CODE;

    /// @param from first byte of the tag
    /// @param end after its NUL
    public static CommandTag of(ByteBuf buf, int from, int end) {
        int length = end - from - 1;
        return switch (buf.getByte(from)) {
            case 'S' -> length == 3 ? SET : OTHER; // SELECT n, START TRANSACTION, SET
            case 'R' -> length == 5 ? RESET : isRollback(buf, from, length) ? ROLLBACK : OTHER; // REVOKE, REINDEX, …
            case 'L' -> length == 6 ? LISTEN : length == 4 ? LOAD : OTHER; // LOCK TABLE
            case 'U' -> length == 8 && buf.getByte(from + 1) == 'N' ? UNLISTEN : OTHER; // UPDATE n
            case 'C' ->
                length == 6 && buf.getByte(from + 2) == 'M'
                        ? COMMIT
                        : isCall(buf, from, length) ? CODE : OTHER; // COPY n, CREATE TABLE, …
            case 'P' -> length == 7 ? PREPARE : OTHER; // PREPARE; PREPARE TRANSACTION
            case 'D' -> ofD(buf, from, length);
            default -> OTHER;
        };
    }

    /// Whether the tag is SELECT 0.
    public static boolean isSelectNone(ByteBuf buf, int from, int end) {
        return end - from == 9 && buf.getByte(from) == 'S' && buf.getByte(from + 7) == '0';
    }

    private static boolean isCall(ByteBuf buf, int from, int length) {
        return length == 4 && buf.getByte(from + 1) == 'A';
    }

    private static boolean isRollback(ByteBuf buf, int from, int length) {
        return length == 8 && buf.getByte(from + 1) == 'O';
    }

    /// DISCARD ALL and DEALLOCATE ALL among DELETE n, DECLARE CURSOR, DEALLOCATE, DROP SCHEMA, DO, …
    private static CommandTag ofD(ByteBuf buf, int from, int length) {
        return switch (length) {
            case 2 -> CODE;
            case 10 -> buf.getByte(from + 2) == 'A' ? DEALLOCATE : OTHER; // DELETE 123, DROP TABLE, …
            case 11 -> buf.getByte(from + 1) == 'I' ? DISCARD_ALL : OTHER;
            case 14 -> buf.getByte(from + 2) == 'A' ? DEALLOCATE_ALL : OTHER;
            default -> OTHER;
        };
    }
}
