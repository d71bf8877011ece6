package io.pgdoorman.pooler.net;

import io.netty.buffer.ByteBuf;

/// Bytes in a buffer that holds nothing else and has a memory address, for those that stay when what they were read
/// into is needed again.
public final class ExactCopy {
    private ExactCopy() {}

    /// Takes over the bytes, also when there is no memory for a copy; the result is the caller's.
    public static ByteBuf of(ByteBuf bytes) {
        try {
            return bytes.alloc().directBuffer(bytes.readableBytes()).writeBytes(bytes);
        } finally {
            bytes.release();
        }
    }
}
