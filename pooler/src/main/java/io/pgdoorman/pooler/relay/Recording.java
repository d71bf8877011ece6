package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;

/// A copy of what a client hears, up to a limit. Belongs to the event loop.
final class Recording {
    private final Consumer<byte[]> listener;
    private final int limit;
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
    private boolean tooLong;

    Recording(Consumer<byte[]> listener, int limit) {
        this.listener = listener;
        this.limit = limit;
    }

    void add(ByteBuf bytes) {
        tooLong |= heard.size() + bytes.readableBytes() > limit;
        if (!tooLong) {
            heard.writeBytes(ByteBufUtil.getBytes(bytes));
        }
    }

    void end() {
        if (!tooLong) {
            listener.accept(heard.toByteArray());
        }
    }
}
