package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.wire.Backend;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// `pooler_check_query` of one pool: a simple query that PostgreSQL answers once and the pooler from then on. Any
/// thread; two clients that record at once record the same.
final class CheckQuery {
    /// Longer answers are not remembered.
    static final int MAX_ANSWER = 64 * 1024;

    private static final int HEADER = 5;

    private final byte[] text;
    private final boolean isEmpty;
    private volatile byte @Nullable [] answer;

    CheckQuery(String text) {
        this.text = text.getBytes(StandardCharsets.UTF_8);
        this.isEmpty = text.equals(";");
    }

    String text() {
        return new String(text, StandardCharsets.UTF_8);
    }

    /// Whether the bytes of a Query, without its NUL, are this one.
    boolean is(ByteBuf in, int from, int length) {
        if (length != text.length) {
            return isEmpty && length == 0;
        }
        for (int i = 0; i < length; i++) {
            if (in.getByte(from + i) != text[i]) {
                return false;
            }
        }
        return true;
    }

    /// What PostgreSQL answered, or null before it did.
    byte @Nullable [] answer() {
        return answer;
    }

    /// Remembers PostgreSQL's answer if it says nothing but that: no error, and nothing that is meant for one client.
    void remember(byte[] heard) {
        if (isPlainAnswer(ByteBuffer.wrap(heard))) {
            answer = heard;
        }
    }

    private static boolean isPlainAnswer(ByteBuffer heard) {
        while (heard.remaining() >= HEADER) {
            byte tag = heard.get();
            int length = heard.getInt() - 4;
            if (length < 0 || length > heard.remaining()) {
                return false;
            }
            switch (tag) {
                case Backend.READY_FOR_QUERY -> {
                    return heard.remaining() == 1 && heard.get() == Backend.STATUS_IDLE;
                }
                case Backend.ROW_DESCRIPTION,
                        Backend.DATA_ROW,
                        Backend.COMMAND_COMPLETE,
                        Backend.EMPTY_QUERY_RESPONSE -> heard.position(heard.position() + length);
                default -> {
                    return false;
                }
            }
        }
        return false;
    }
}
