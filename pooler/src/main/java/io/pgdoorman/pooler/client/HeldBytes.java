package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.net.ExactCopy;
import org.jspecify.annotations.Nullable;

/// What a client sent that nobody can take yet: a message that is not whole, or work that waits for a server. Holds
/// only the client's own bytes, not the large buffer they were read into. Belongs to the client's event loop.
final class HeldBytes {
    /// What a waiting client may send ahead; then TCP is the queue.
    private static final int MAX = 64 * 1024;

    private @Nullable ByteBuf bytes;

    boolean isEmpty() {
        return bytes == null;
    }

    int size() {
        var held = bytes;
        return held == null ? 0 : held.readableBytes();
    }

    boolean isFull() {
        var held = bytes;
        return held != null && held.readableBytes() > MAX;
    }

    /// Adds to what is held; takes over the buffer.
    void add(ByteBuf in) {
        if (in.isReadable()) {
            var all = takeWith(in);
            bytes = all.readableBytes() * 4 < all.capacity() ? ExactCopy.of(all) : all;
        } else {
            in.release();
        }
    }

    /// What is held and this behind it; takes over the buffer, and the result is the caller's.
    ByteBuf takeWith(ByteBuf in) {
        var before = bytes;
        if (before == null) {
            return in;
        }
        try {
            if (before.maxWritableBytes() < in.readableBytes()) {
                before = before.alloc()
                        .buffer(before.readableBytes() + in.readableBytes())
                        .writeBytes(before);
                release();
                bytes = before;
            }
            before.writeBytes(in);
        } finally {
            in.release();
        }
        bytes = null;
        return before;
    }

    /// What is held, the caller's from now on, or null.
    @Nullable
    ByteBuf take() {
        var held = bytes;
        bytes = null;
        return held;
    }

    void release() {
        var held = take();
        if (held != null) {
            held.release();
        }
    }
}
