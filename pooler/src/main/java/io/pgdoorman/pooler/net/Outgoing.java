package io.pgdoorman.pooler.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.IovArray;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/// What was written to a socket and is not with the kernel yet, in order. Belongs to the event loop.
final class Outgoing {
    /// One per thread, cleared before each use; most lines never need it. Longer queues take several calls.
    private static final FastThreadLocal<IovArray> VECTOR = new FastThreadLocal<>() {
        @Override
        protected IovArray initialValue() {
            return new IovArray(64);
        }

        @Override
        protected void onRemoval(IovArray unused) {
            unused.release();
        }
    };

    /// Empty ones, as most bursts of several buffers need one for a moment, and idle lines none.
    private static final FastThreadLocal<ArrayDeque<Outgoing>> SHELF = new FastThreadLocal<>() {
        @Override
        protected ArrayDeque<Outgoing> initialValue() {
            return new ArrayDeque<>();
        }
    };

    private static final int MOST_ON_SHELF = 64;

    /// A queue that was longer has grown too much to be kept.
    private static final int LONG = 64;

    private final ArrayDeque<ByteBuf> queue = new ArrayDeque<>();
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
    private boolean wasLong;
    private long written;
    private long sent;

    /// @param at how many bytes have to be with the kernel
    private record Waiter(long at, Consumer<Boolean> task) {}

    private Outgoing() {}

    /// An empty one.
    static Outgoing take() {
        var shelved = SHELF.get().poll();
        return shelved == null ? new Outgoing() : shelved;
    }

    /// Nobody needs it any more: all is with the kernel, and all were told.
    void giveBack() {
        var shelf = SHELF.get();
        if (!wasLong && waiters.isEmpty() && shelf.size() < MOST_ON_SHELF) {
            shelf.push(this);
        }
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /// How many bytes wait.
    long pending() {
        return written - sent;
    }

    /// Takes over the bytes.
    void add(ByteBuf bytes) {
        int length = bytes.readableBytes();
        if (length == 0) {
            bytes.release();
            return;
        }
        queue.add(bytes.hasMemoryAddress() ? bytes : ExactCopy.of(bytes));
        written += length;
        wasLong |= queue.size() > LONG;
    }

    /// Sends what the kernel takes.
    ///
    /// @return whether it took all
    boolean flush(Socket socket) throws IOException {
        while (!queue.isEmpty()) {
            long offered;
            long taken;
            if (queue.size() == 1) {
                var only = queue.element();
                offered = only.readableBytes();
                taken = socket.sendAddress(only.memoryAddress(), only.readerIndex(), only.writerIndex());
            } else {
                var vector = VECTOR.get();
                vector.clear();
                for (var next : queue) {
                    if (!vector.add(next, next.readerIndex(), next.readableBytes())) {
                        break;
                    }
                }
                offered = vector.size();
                taken = socket.writevAddresses(vector.memoryAddress(0), vector.count());
            }
            remove(taken);
            if (taken < offered) {
                return false;
            }
        }
        return true;
    }

    private void remove(long taken) {
        sent += taken;
        long left = taken;
        while (left > 0) {
            var first = queue.element();
            int length = first.readableBytes();
            if (length > left) {
                first.skipBytes((int) left);
                return;
            }
            left -= length;
            queue.remove().release();
        }
    }

    /// Tells when all that was added before is with the kernel.
    void whenSent(Consumer<Boolean> task) {
        waiters.add(new Waiter(written, task));
    }

    /// Tells those whose bytes are with the kernel.
    void tellSent() {
        while (!waiters.isEmpty() && waiters.element().at() <= sent) {
            waiters.remove().task().accept(true);
        }
    }

    /// Nothing of it will ever be sent.
    void drop() {
        queue.forEach(ByteBuf::release);
        queue.clear();
        sent = written;
    }

    /// Tells whoever still waits that it was not sent.
    void tellDropped() {
        while (!waiters.isEmpty()) {
            waiters.remove().task().accept(false);
        }
    }
}
