package io.pgdoorman.pooler.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.SocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A line over a Netty channel. It is the last handler of the channel's pipeline where it has a user; it can be made
/// over any channel only to write and to close.
public final class ChannelLine extends ChannelInboundHandlerAdapter implements Line {
    private final Channel channel;
    private @Nullable LineUser user;

    /// The channel ended before the line was served.
    private boolean missedEnd;

    public ChannelLine(Channel channel) {
        this.channel = channel;
    }

    private LineUser user() {
        var served = user;
        if (served == null) {
            throw new IllegalStateException("a line in a pipeline before it is served");
        }
        return served;
    }

    @Override
    public void serve(LineUser by, @Nullable ByteBuf ahead) {
        user = by;
        if (!missedEnd && channel.pipeline().context(this) == null) {
            var _ = channel.pipeline().addLast("line", this);
        }
        if (ahead != null) {
            try {
                by.received(ahead);
                by.receivedAll();
            } catch (RuntimeException | Error bug) {
                by.failed(bug);
            }
        }
        if (missedEnd) {
            by.closed();
        }
    }

    @Override
    public boolean isOpen() {
        return channel.isActive();
    }

    @Override
    public boolean isEncrypted() {
        return channel.pipeline().get(SslHandler.class) != null;
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return channel.remoteAddress();
    }

    @Override
    public ByteBufAllocator allocator() {
        return channel.alloc();
    }

    @Override
    public EventLoop executor() {
        return channel.eventLoop();
    }

    // ---- out

    @Override
    public void write(ByteBuf bytes) {
        var _ = channel.write(bytes, channel.voidPromise());
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public void send(ByteBuf bytes) {
        var _ = channel.writeAndFlush(bytes, channel.voidPromise());
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void boundUnsent() {
        SocketSettings.bound(channel);
    }

    @Override
    public boolean hasUnsent() {
        var outgoing = channel.unsafe().outboundBuffer();
        // whether the buffer "is empty" tells of flushed bytes only
        return outgoing != null && outgoing.totalPendingWriteBytes() > 0;
    }

    @Override
    public void whenSent(Consumer<Boolean> task) {
        var _ = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> task.accept(sent.isSuccess()));
    }

    @Override
    public boolean endOutput() {
        boolean can = channel.isActive() && channel instanceof DuplexChannel;
        if (can) {
            var _ = ((DuplexChannel) channel).shutdownOutput();
        }
        return can;
    }

    // ---- in

    @Override
    public void read(boolean on) {
        channel.config().setAutoRead(on);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        user().received((ByteBuf) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        user().receivedAll();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        var served = user;
        if (served != null) {
            served.writabilityChanged();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        var served = user;
        if (served != null) {
            served.failed(cause);
        } else {
            close(); // as by a greeting that finds nobody
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        var served = user;
        if (served != null) {
            served.closed();
        } else {
            missedEnd = true;
        }
    }

    /// The channel has ended, and told nobody.
    void ended() {
        missedEnd = true;
    }

    // ---- the end

    @Override
    public void close() {
        var _ = channel.close();
    }

    @Override
    public void hangUp() {
        var encrypting = channel.pipeline().context(SslHandler.class);
        var _ = encrypting == null ? channel.close() : encrypting.close();
    }

    @Override
    public void onClosed(Runnable task) {
        var _ = channel.closeFuture().addListener(_ -> task.run());
    }

    // ---- from loop to loop, and to another process

    @Override
    public void leaveLoop(Consumer<Boolean> done) {
        var _ = channel.deregister().addListener(gone -> done.accept(gone.isSuccess()));
    }

    @Override
    public void enterLoop(Loop to, Consumer<Boolean> done) {
        to.run(() -> {
            var _ = to.executor()
                    .register(channel)
                    .addListener(there -> done.accept(there.isSuccess() && channel.isActive()));
        });
    }

    @Override
    public boolean hasLoop() {
        return channel.isRegistered();
    }

    @Override
    public @Nullable FileDescriptor descriptor() {
        return channel instanceof UnixChannel socket && !isEncrypted() ? socket.fd() : null;
    }
}
