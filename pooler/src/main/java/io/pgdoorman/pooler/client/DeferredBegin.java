package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pgdoorman.pooler.wire.Backend;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A transaction that a client has begun and no server knows of yet: the first message that needs one brings the BEGIN
/// along in the same write, and a COMMIT or ROLLBACK before that costs nothing (PgDoorman's idea). Belongs to the
/// client's event loop.
///
/// ```
///          BEGIN                    refused a server
///   NONE ────────► OPEN ─────────────────────────────► FAILED
///    ▲              │  COMMIT, ROLLBACK, or a server     │
///    └──────────────┴────────────────────────────────────┘
/// ```
///
/// Only BEGINs that cannot fail and have no options are deferred, since they are answered before PostgreSQL has seen
/// them.
final class DeferredBegin {
    /// The longest of the texts below, and a semicolon.
    private static final int MAX_TEXT = 21;

    private static final Map<String, String> BEGINS = Map.of(
            "begin", "BEGIN",
            "begin work", "BEGIN",
            "begin transaction", "BEGIN",
            "start transaction", "START TRANSACTION");

    private static final Map<String, String> ENDS = Map.of(
            "commit", "COMMIT",
            "commit work", "COMMIT",
            "commit transaction", "COMMIT",
            "end", "COMMIT",
            "rollback", "ROLLBACK",
            "rollback work", "ROLLBACK",
            "rollback transaction", "ROLLBACK",
            "abort", "ROLLBACK");

    /// Makes on a server the failed transaction that the client is told it is in.
    private static final byte[] FAILED_BEGIN =
            "BEGIN;ROLLBACK TO SAVEPOINT \"the pooler had no server\"".getBytes(StandardCharsets.US_ASCII);

    private State state = State.NONE;
    private byte[] text = new byte[0];

    private enum State {
        NONE,
        OPEN,
        FAILED
    }

    boolean isOpen() {
        return state != State.NONE;
    }

    /// What ReadyForQuery tells the client.
    byte status() {
        return switch (state) {
            case NONE -> Backend.STATUS_IDLE;
            case OPEN -> Backend.STATUS_TRANSACTION;
            case FAILED -> Backend.STATUS_FAILED;
        };
    }

    /// Answers a simple query that begins a transaction or ends one that no server knows of.
    ///
    /// @param from first byte of the text, which has `length` bytes without its NUL
    /// @return the tag of CommandComplete, or null when PostgreSQL has to answer
    @Nullable
    String answer(ByteBuf in, int from, int length, boolean mayBegin) {
        if (length < 3 || length > MAX_TEXT || !mayBe(in.getByte(from), in.getByte(from + 1), mayBegin)) {
            return null;
        }
        int end = in.getByte(from + length - 1) == ';' ? length - 1 : length;
        var query = in.toString(from, end, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
        if (state == State.NONE) {
            var tag = BEGINS.get(query);
            if (tag != null) {
                state = State.OPEN;
                text = ByteBufUtil.getBytes(in, from, length);
            }
            return tag;
        }
        var tag = ENDS.get(query);
        if (tag != null && state == State.FAILED) {
            tag = "ROLLBACK";
        }
        if (tag != null) {
            state = State.NONE;
        }
        return tag;
    }

    /// Most short texts are queries, and are told from these by two letters: no string is made of them.
    private boolean mayBe(byte first, byte second, boolean mayBegin) {
        return switch (first | 0x20) {
            case 'b', 's' -> state == State.NONE && mayBegin && (second | 0x20) == ((first | 0x20) == 'b' ? 'e' : 't');
            case 'c', 'e', 'r', 'a' -> state != State.NONE;
            default -> false;
        };
    }

    /// The client got an error in PostgreSQL's place: its transaction has failed.
    void failed() {
        if (state == State.OPEN) {
            state = State.FAILED;
        }
    }

    /// What a server has to hear before the client's next message, or null; from now on the transaction is the
    /// server's.
    byte @Nullable [] take() {
        var begin = switch (state) {
            case NONE -> null;
            case OPEN -> text;
            case FAILED -> FAILED_BEGIN;
        };
        state = State.NONE;
        return begin;
    }
}
