package io.pgdoorman.pooler.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// NUL-terminated strings inside a frame.
public final class CString {
    private CString() {}

    /// The index of the NUL that ends the string at `from`, or -1 when `end` comes first.
    public static int end(ByteBuf buf, int from, int end) {
        return from >= end ? -1 : buf.indexOf(from, end, (byte) 0);
    }

    /// Reads the string at the reader index and steps over its NUL.
    ///
    /// @throws ProtocolException when the message ends before the string does
    public static String read(ByteBuf message) throws ProtocolException {
        int from = message.readerIndex();
        int nul = end(message, from, message.writerIndex());
        if (nul < 0) {
            throw ProtocolException.violation("invalid string in message: no terminator");
        }
        var text = message.toString(from, nul - from, StandardCharsets.UTF_8);
        message.readerIndex(nul + 1);
        return text;
    }

    public static void write(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
        out.writeByte(0);
    }
}
