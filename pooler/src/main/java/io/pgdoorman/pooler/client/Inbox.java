package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.net.Line;
import org.jspecify.annotations.Nullable;

/// What a client sent that nobody can take yet, and whether it may send more. Belongs to the client's event loop.
final class Inbox {
    private final Line line;
    private final HeldBytes held = new HeldBytes();
    private boolean full;
    private boolean relayReads = true;

    Inbox(Line line) {
        this.line = line;
    }

    boolean isEmpty() {
        return held.isEmpty();
    }

    /// Keeps the rest of a message; takes over the buffer.
    void add(ByteBuf in) {
        held.add(in);
    }

    /// Keeps work that waits for a server; beyond a limit the client is not read. Takes over the buffer.
    void hold(ByteBuf in) {
        held.add(in);
        if (held.isFull()) {
            stopReading();
        }
    }

    /// TCP is the queue from now on, until what waits is taken.
    void stopReading() {
        if (!full) {
            full = true;
            applyReads();
        }
    }

    int size() {
        return held.size();
    }

    /// What is kept and this behind it; takes over the buffer, and the result is the caller's.
    ByteBuf takeWith(ByteBuf in) {
        return held.takeWith(in);
    }

    /// What waited, the caller's from now on, or null; the client is read again.
    @Nullable
    ByteBuf take() {
        var in = held.take();
        if (full) {
            full = false;
            applyReads();
        }
        return in;
    }

    /// What the relay wants.
    void relayReads(boolean on) {
        relayReads = on;
        applyReads();
    }

    private void applyReads() {
        line.read(relayReads && !full);
    }

    void release() {
        held.release();
    }
}
