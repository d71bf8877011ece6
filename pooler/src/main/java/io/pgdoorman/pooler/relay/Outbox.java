package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// Gathers what goes to one side, so that a burst leaves in one write. Belongs to the event loop.
///
/// Long runs go as slices of what was read; short ones and what we make ourselves are copied together, as many small
/// buffers would cost more than the copy. The last buffer waits for the end of the burst, as a burst of one is sent in
/// one step.
final class Outbox {
    private static final int COPY_BELOW = 4096;

    /// A burst longer than this is flushed early, so that the peer can work while we still read.
    private static final int FLUSH_ABOVE = 256 * 1024;

    private final Sink sink;
    private final ByteBufAllocator allocator;
    private @Nullable ByteBuf last;

    /// Whether `last` is of our own making, so that more can be appended.
    private boolean grows;

    private int unflushed;
    private long passed;

    /// Where the bytes go.
    interface Sink {
        void write(ByteBuf bytes);

        void flush();

        /// Both.
        void send(ByteBuf bytes);
    }

    Outbox(Sink sink, ByteBufAllocator allocator) {
        this.sink = sink;
        this.allocator = allocator;
    }

    /// Sends the bytes `from..to` of `in` as they are; `in` stays the caller's.
    void run(ByteBuf in, int from, int to) {
        int length = to - from;
        if (length <= 0) {
            return;
        }
        if (last == null && from == in.readerIndex() && to == in.writerIndex()) {
            last = in.retain();
            grows = false;
        } else if (length < COPY_BELOW) {
            space(length).writeBytes(in, from, length);
        } else {
            send();
            last = in.retainedSlice(from, length);
            grows = false;
        }
    }

    /// A buffer to append at least `length` bytes of our own to.
    ByteBuf space(int length) {
        var own = last;
        if (own == null || !grows) {
            send();
            own = allocator.buffer(Math.max(512, length));
            last = own;
            grows = true;
        }
        return own;
    }

    /// Hands all to the sink.
    void send() {
        var own = last;
        if (own == null) {
            return;
        }
        last = null;
        passed++;
        unflushed += own.readableBytes();
        sink.write(own);
        if (unflushed > FLUSH_ABOVE) {
            unflushed = 0;
            sink.flush();
        }
    }

    void flush() {
        var own = last;
        if (own != null && unflushed == 0) {
            last = null;
            passed++;
            sink.send(own);
            return;
        }
        send();
        if (unflushed > 0) {
            unflushed = 0;
            sink.flush();
        }
    }

    /// How often something left for good.
    long passed() {
        return passed;
    }

    /// Forgets what has not left.
    void takeBack() {
        var own = last;
        if (own != null) {
            last = null;
            own.release();
        }
    }

    /// Forgets what was not sent.
    void discard() {
        takeBack();
        unflushed = 0;
    }
}
