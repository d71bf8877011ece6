package io.pgdoorman.pooler.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// Reads the fields of an ErrorResponse that PostgreSQL sent.
public final class ErrorFields {
    private ErrorFields() {}

    /// What a client may be told of it.
    public static PgError error(ByteBuf buf, int body, int end) {
        var detail = field(buf, body, end, 'D');
        var hint = field(buf, body, end, 'H');
        return PgError.error(field(buf, body, end, 'C'), field(buf, body, end, 'M'))
                .withDetail(detail.isEmpty() ? null : detail)
                .withHint(hint.isEmpty() ? null : hint);
    }

    /// The value of one field (`C` SQLSTATE, `M` message, …), or an empty string when it is absent or the message is
    /// broken.
    ///
    /// @param body the index of the first byte after the frame's header
    public static String field(ByteBuf buf, int body, int end, char type) {
        int at = body;
        while (at < end && buf.getByte(at) != 0) {
            int nul = CString.end(buf, at + 1, end);
            if (nul < 0) {
                return "";
            }
            if (buf.getByte(at) == type) {
                return buf.toString(at + 1, nul - at - 1, StandardCharsets.UTF_8);
            }
            at = nul + 1;
        }
        return "";
    }
}
