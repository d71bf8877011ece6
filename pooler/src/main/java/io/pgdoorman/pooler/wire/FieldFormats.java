package io.pgdoorman.pooler.wire;

import io.netty.buffer.ByteBuf;

/// In which format each column of a result is wanted: none named means text for all, one holds for all, else one each
/// (manual, "Message Formats", Bind).
public final class FieldFormats {
    public static final FieldFormats TEXT = new FieldFormats(new short[0]);

    private static final short BINARY = 1;

    private final short[] codes;

    private FieldFormats(short[] codes) {
        this.codes = codes;
    }

    /// Reads a count and that many codes.
    ///
    /// @throws ProtocolException when the message ends before they do
    public static FieldFormats read(ByteBuf message) throws ProtocolException {
        int count = readCount(message);
        ProtocolException.unlessLeft(message, count * Short.BYTES);
        var codes = new short[count];
        for (int i = 0; i < count; i++) {
            codes[i] = message.readShort();
        }
        return new FieldFormats(codes);
    }

    /// Reads a count of things that follow.
    ///
    /// @throws ProtocolException when the message ends before it does
    public static int readCount(ByteBuf message) throws ProtocolException {
        ProtocolException.unlessLeft(message, Short.BYTES);
        return message.readUnsignedShort();
    }

    public int count() {
        return codes.length;
    }

    short code(int column) {
        return switch (codes.length) {
            case 0 -> 0;
            case 1 -> codes[0];
            default -> codes[column];
        };
    }

    boolean isBinary(int column) {
        return code(column) == BINARY;
    }

    /// Whether they can be those of a result of so many columns, in codes that exist.
    public boolean fits(int columns) {
        for (short code : codes) {
            if (code != 0 && code != BINARY) {
                return false;
            }
        }
        return codes.length <= 1 || codes.length == columns;
    }
}
