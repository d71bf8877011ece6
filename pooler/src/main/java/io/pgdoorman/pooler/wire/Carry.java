package io.pgdoorman.pooler.wire;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The beginning of a message whose end has not come yet. Belongs to the event loop of the connection it was read from.
///
/// ```
/// var in = carry.join(chunk);
/// try { at = endOfLastWholeMessage(in); } finally { carry.keep(in, at); }
/// ```
///
/// A message that still grows stays in its buffer: copying it for each piece would take quadratic time.
public final class Carry {
    private @Nullable ByteBuf rest;

    /// Where reading began in the buffer that [#join] gave last, or -1 if that is not our own to keep.
    private int ownFrom;

    /// Takes over `chunk`.
    ///
    /// @return what was kept and the chunk behind it; the caller's until it goes to [#keep]
    public ByteBuf join(ByteBuf chunk) {
        var held = rest;
        if (held == null) {
            ownFrom = -1;
            return chunk;
        }
        ownFrom = held.readerIndex();
        try {
            held.writeBytes(chunk);
        } finally {
            chunk.release();
        }
        rest = null;
        return held;
    }

    /// Keeps what lies behind `from`, and takes over `in`; its indices are left alone, as the buffer may be on its way
    /// to a socket.
    public void keep(ByteBuf in, int from) {
        int length = in.writerIndex() - from;
        if (length <= 0) {
            in.release();
        } else if (from == ownFrom) {
            rest = in;
        } else {
            try {
                rest = in.alloc().buffer(Math.max(256, 2 * length)).writeBytes(in, from, length);
            } finally {
                in.release();
            }
        }
    }

    public boolean isEmpty() {
        return rest == null;
    }

    /// How many bytes are kept.
    public int size() {
        var held = rest;
        return held == null ? 0 : held.readableBytes();
    }

    /// What is kept, the caller's from now on, or null.
    public @Nullable ByteBuf take() {
        var held = rest;
        rest = null;
        return held;
    }

    public void release() {
        var held = take();
        if (held != null) {
            held.release();
        }
    }
}
