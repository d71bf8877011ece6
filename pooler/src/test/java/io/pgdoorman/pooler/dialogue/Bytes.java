package io.pgdoorman.pooler.dialogue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The body of a message, in network order.
final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Bytes int8(int value) {
        out.write(value);
        return this;
    }

    Bytes int16(int value) {
        return int8(value >>> 8).int8(value);
    }

    Bytes int32(int value) {
        return int16(value >>> 16).int16(value);
    }

    Bytes raw(byte[] value) {
        out.writeBytes(value);
        return this;
    }

    Bytes string(Word word) {
        return raw(word.bytes()).int8(0);
    }

    Bytes string(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_8)).int8(0);
    }

    /// Format codes with their number before them.
    Bytes formats(int[] formats) {
        int16(formats.length);
        for (int format : formats) {
            int16(format);
        }
        return this;
    }

    /// Values with their number before them; the bare word `null` is NULL.
    Bytes values(List<Word> values) {
        int16(values.size());
        for (var value : values) {
            if (value.isBare("null")) {
                int32(-1);
            } else {
                int32(value.bytes().length).raw(value.bytes());
            }
        }
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /// The whole message.
    byte[] framed(char tag) {
        return new Bytes().int8(tag).raw(headless()).bytes();
    }

    /// With a length but no tag, as the first packet of a connection has it.
    byte[] headless() {
        return new Bytes().int32(out.size() + Integer.BYTES).raw(bytes()).bytes();
    }
}
