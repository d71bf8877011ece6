package io.pgdoorman.pooler.upgrade;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Writes the parts of messages: numbers, texts and bytes behind their length.
final class MessageWriter {
    private final ByteBuf out;

    MessageWriter(ByteBuf out) {
        this.out = out;
    }

    void number(int value) {
        out.writeInt(value);
    }

    void longNumber(long value) {
        out.writeLong(value);
    }

    void yes(boolean value) {
        out.writeByte(value ? 1 : 0);
    }

    void bytes(byte[] value) {
        out.writeInt(value.length).writeBytes(value);
    }

    void text(String value) {
        bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    void texts(Map<String, String> values) {
        number(values.size());
        values.forEach((name, value) -> {
            text(name);
            text(value);
        });
    }
}
