package io.pgdoorman.pooler.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.FileDescriptor;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A connection whose login is over, as its user sees it: bytes in, bytes out, and its end. Belongs to its event loop.
///
/// There are two. A [SocketLine] is nothing but the socket and its place in epoll; a [ChannelLine] is a Netty channel,
/// which TLS and the other transports need and which costs a kilobyte more.
public interface Line {
    /// Above the high mark the other side is no longer read, until the low one: what a slow peer holds in memory is
    /// bounded by it.
    int HIGH_MARK = 512 * 1024;

    /// See [#HIGH_MARK].
    int LOW_MARK = 128 * 1024;

    /// The same while network memory is short.
    int SHORT_HIGH_MARK = 32 * 1024;

    /// See [#SHORT_HIGH_MARK].
    int SHORT_LOW_MARK = 16 * 1024;

    /// Who is told from now on; once.
    ///
    /// @param ahead what was read before; becomes the user's
    void serve(LineUser user, @Nullable ByteBuf ahead);

    /// False from [#close] on.
    boolean isOpen();

    boolean isEncrypted();

    /// Null when it is not known any more.
    @Nullable
    SocketAddress remoteAddress();

    ByteBufAllocator allocator();

    EventLoop executor();

    // ---- out

    /// Writes behind all that was written before; [#flush] sends it. Takes over the bytes.
    void write(ByteBuf bytes);

    void flush();

    /// [#write] and [#flush].
    void send(ByteBuf bytes);

    boolean isWritable();

    /// Bounds what the peer may leave unread of the answers that it is about to get by the memory that there is.
    void boundUnsent();

    /// Whether something written is not with the kernel yet.
    boolean hasUnsent();

    /// Flushes, and tells when all that was written is with the kernel (true), or cannot be any more (false).
    void whenSent(Consumer<Boolean> task);

    /// Nothing more is written: the peer sees the end of the stream.
    ///
    /// @return false when one side cannot end alone, or the line is closed
    boolean endOutput();

    // ---- in

    /// Whether the user wants to be told of what the peer sends; at first it does.
    void read(boolean on);

    // ---- the end

    /// Closes at once; again does nothing.
    void close();

    /// As [#close], without TLS's goodbye to a peer that has left.
    void hangUp();

    /// Runs the task when the line is closed and its user was told.
    void onClosed(Runnable task);

    /// Closes after a while, if it is still open then.
    default void closeAfter(long millis) {
        var timer = executor().schedule(this::close, millis, TimeUnit.MILLISECONDS);
        onClosed(() -> timer.cancel(false));
    }

    // ---- from loop to loop, and to another process

    /// Takes it off its event loop: what comes then waits in the kernel.
    ///
    /// @param done told on that loop whether it is off
    void leaveLoop(Consumer<Boolean> done);

    /// Puts it on an event loop.
    ///
    /// @param done told on that loop whether it is there
    void enterLoop(Loop to, Consumer<Boolean> done);

    boolean hasLoop();

    /// For another process, or null when the socket alone is not the connection.
    @Nullable
    FileDescriptor descriptor();
}
