package io.pgdoorman.pooler.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.channels.NotYetConnectedException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What a [SocketLine] writes: at once while the kernel takes it, else in a queue until it does, and its user is told
/// when that grows too long.
///
/// The line extends this, as another object would be a quarter more for each idle line.
abstract sealed class SocketOutput implements Line permits SocketLine {
    /// The marks while the kernel takes no more: it has megabytes of this connection then, so that a peer that reads
    /// never waits for what lies here. What is only not flushed yet has [Line#HIGH_MARK], or each burst would stop.
    private static final int BLOCKED_HIGH_MARK = 128 * 1024;

    private static final int BLOCKED_LOW_MARK = 64 * 1024;

    private final Socket socket;
    private @Nullable Outgoing outgoing;

    /// Who looks for a server to lend asks from any thread.
    private volatile boolean open = true;

    private boolean writable = true;

    /// Whether network memory was short when its user got the last server.
    private boolean tight;

    /// The kernel takes no more.
    private boolean blocked;

    SocketOutput(Socket socket) {
        this.socket = socket;
    }

    /// The kernel takes no more, or all again: epoll is to tell of room, or no more.
    abstract void awaitRoom(boolean on);

    /// Whether its user may write is another now.
    abstract void tellWritability();

    /// Nothing can be written any more.
    abstract void brokenOut(IOException why);

    final Socket socket() {
        return socket;
    }

    final boolean isBlocked() {
        return blocked;
    }

    @Override
    public final boolean isOpen() {
        return open;
    }

    @Override
    public final void write(ByteBuf bytes) {
        if (open) {
            queue(bytes);
        } else {
            bytes.release();
        }
    }

    @Override
    public final void send(ByteBuf bytes) {
        if (!open) {
            bytes.release();
            return;
        }
        var before = outgoing;
        if ((before == null || before.isEmpty()) && bytes.hasMemoryAddress()) {
            sendAtOnce(bytes);
        } else {
            queue(bytes);
            flush();
        }
    }

    /// Nearly all bursts are one buffer that the kernel takes whole.
    private void sendAtOnce(ByteBuf bytes) {
        int taken;
        try {
            taken = socket.sendAddress(bytes.memoryAddress(), bytes.readerIndex(), bytes.writerIndex());
        } catch (IOException broken) {
            bytes.release();
            brokenOut(broken);
            return;
        }
        if (taken == bytes.readableBytes()) {
            bytes.release();
            return;
        }
        queue(bytes.skipBytes(taken));
        block();
    }

    private void queue(ByteBuf bytes) {
        var out = outgoing;
        if (out == null) {
            out = Outgoing.take();
            outgoing = out;
        }
        out.add(bytes);
        stopAboveMark(out);
    }

    private void stopAboveMark(Outgoing out) {
        int most = tight ? SHORT_HIGH_MARK : blocked ? BLOCKED_HIGH_MARK : HIGH_MARK;
        if (writable && out.pending() > most) {
            writable = false;
            tellWritability();
        }
    }

    @Override
    public final void flush() {
        if (!blocked) {
            flushNow();
        }
    }

    /// epoll has told that it does.
    final void flushBlocked() {
        blocked = false;
        flushNow();
        if (!blocked && open) {
            awaitRoom(false);
        }
    }

    private void flushNow() {
        var out = outgoing;
        if (out == null || !open) {
            return;
        }
        boolean all;
        try {
            all = out.flush(socket);
        } catch (IOException broken) {
            brokenOut(broken);
            return;
        }
        if (all) {
            outgoing = null;
        } else {
            block();
        }
        if (!writable && out.pending() < (tight ? SHORT_LOW_MARK : BLOCKED_LOW_MARK)) {
            writable = true;
            tellWritability();
        }
        out.tellSent();
        if (all) {
            out.giveBack();
        }
    }

    /// The kernel takes no more: epoll tells when it does.
    private void block() {
        if (!blocked) {
            blocked = true;
            awaitRoom(true);
        }
        var out = outgoing;
        if (out != null) {
            stopAboveMark(out);
        }
    }

    @Override
    public final boolean isWritable() {
        return writable && open;
    }

    @Override
    public final void boundUnsent() {
        tight = NetworkMemory.isShort();
    }

    @Override
    public final boolean hasUnsent() {
        var out = outgoing;
        return out != null && !out.isEmpty();
    }

    @Override
    public final void whenSent(Consumer<Boolean> task) {
        flush();
        var out = outgoing;
        if (out == null || !open) {
            task.accept(open);
        } else {
            out.whenSent(task);
        }
    }

    @Override
    public final boolean endOutput() {
        try {
            if (open) {
                socket.shutdown(false, true);
            }
        } catch (IOException | NotYetConnectedException _) {
            close(); // the peer has reset it
        }
        return open;
    }

    // ---- the end

    /// Nothing is written from now on.
    final void ends() {
        open = false;
    }

    /// What waits is not sent.
    final void drop() {
        var out = outgoing;
        if (out != null) {
            out.drop();
        }
    }

    /// Tells whoever waits for it.
    final void tellDropped() {
        var out = outgoing;
        outgoing = null;
        if (out != null) {
            out.tellDropped();
        }
    }
}
