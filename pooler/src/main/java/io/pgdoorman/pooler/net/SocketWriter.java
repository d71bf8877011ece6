package io.pgdoorman.pooler.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Writes to one connection. Belongs to its event loop.
///
/// Nearly all bursts are one buffer that the kernel takes whole. Such a one goes from here to the socket, past the
/// pipeline and its queue of outgoing buffers, which cost as much as the rest of a transaction's way out. Whatever the
/// kernel does not take, and all errors, are the channel's.
public final class SocketWriter {
    private final Channel channel;

    /// Null where bytes have to pass a handler (TLS) or the transport has no such call.
    private final @Nullable Socket socket;

    /// @param channel with all handlers that will ever see what is written
    public SocketWriter(Channel channel) {
        this.channel = channel;
        this.socket = isPlain(channel) && ((UnixChannel) channel).fd() instanceof Socket plain ? plain : null;
    }

    private static boolean isPlain(Channel channel) {
        boolean epoll = channel instanceof EpollSocketChannel || channel instanceof EpollDomainSocketChannel;
        return epoll && channel.pipeline().get(SslHandler.class) == null;
    }

    /// Writes behind all that was written before; [#flush] sends it. The buffer becomes the channel's.
    public void write(ByteBuf bytes) {
        var _ = channel.write(bytes, channel.voidPromise());
    }

    public void flush() {
        channel.flush();
    }

    /// Writes and sends at once. The buffer becomes the channel's.
    public void send(ByteBuf bytes) {
        var direct = socket;
        if (direct != null && bytes.hasMemoryAddress() && isNothingPending()) {
            int sent = take(direct, bytes);
            if (sent == bytes.readableBytes()) {
                bytes.release();
                return;
            }
            bytes.skipBytes(sent);
        }
        var _ = channel.writeAndFlush(bytes, channel.voidPromise());
    }

    public ByteBufAllocator allocator() {
        return channel.alloc();
    }

    public boolean isWritable() {
        return channel.isWritable();
    }

    /// The descriptor of a closed channel may be another connection's by now, so that this is asked each time.
    private boolean isNothingPending() {
        var pending = channel.unsafe().outboundBuffer();
        return pending != null && pending.totalPendingWriteBytes() == 0 && channel.isActive();
    }

    /// How many bytes the kernel took; none where it failed, as the channel's own try then meets the same error and
    /// tells of it.
    private static int take(Socket socket, ByteBuf bytes) {
        try {
            return socket.sendAddress(bytes.memoryAddress(), bytes.readerIndex(), bytes.writerIndex());
        } catch (IOException _) {
            return 0;
        }
    }
}
