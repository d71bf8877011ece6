package io.pgdoorman.pooler.upgrade;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// Reads the parts of messages and believes nothing: each length and count is held against what is there.
final class MessageReader {
    private final ByteBuf in;

    MessageReader(ByteBuf in) {
        this.in = in;
    }

    private void has(long bytes) throws IOException {
        if (bytes < 0 || in.readableBytes() < bytes) {
            throw new IOException(bytes + " bytes are announced, " + in.readableBytes() + " are there");
        }
    }

    byte tag() throws IOException {
        has(1);
        return in.readByte();
    }

    int number() throws IOException {
        has(4);
        return in.readInt();
    }

    long longNumber() throws IOException {
        has(8);
        return in.readLong();
    }

    boolean yes() throws IOException {
        byte value = tag();
        if (value != 0 && value != 1) {
            throw new IOException(value + " is neither yes nor no");
        }
        return value == 1;
    }

    /// How many parts follow, of at least this length each.
    int count(int least) throws IOException {
        int count = number();
        has(count < 0 ? -1 : (long) count * least);
        return count;
    }

    byte[] bytes(int most) throws IOException {
        int length = number();
        if (length > most) {
            throw new IOException(length + " bytes where at most " + most + " may be");
        }
        has(length);
        var value = new byte[length];
        in.readBytes(value);
        return value;
    }

    byte[] bytes() throws IOException {
        return bytes(Integer.MAX_VALUE);
    }

    String text() throws IOException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes()))
                    .toString();
        } catch (CharacterCodingException broken) {
            throw new IOException("a text is not in UTF-8", broken);
        }
    }

    Map<String, String> texts() throws IOException {
        int count = count(8);
        var values = new LinkedHashMap<String, String>();
        for (int i = 0; i < count; i++) {
            var name = text();
            if (values.put(name, text()) != null) {
                throw new IOException("\"" + name + "\" comes twice");
            }
        }
        return values;
    }

    void end() throws IOException {
        if (in.isReadable()) {
            throw new IOException(in.readableBytes() + " bytes are left");
        }
    }
}
