package io.pgdoorman.pooler.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/// Makes lines of connections.
public final class Lines {
    private Lines() {}

    /// Makes a line of a channel, which is done with then, with all its handlers, unless the line needs it. On the
    /// channel's loop.
    ///
    /// @param last the handler whose work the line's user goes on with
    /// @param loop where the line is from then on; one that comes from another loop is not read before [Line#read]
    /// @param ready told there, at once or soon; the line may be closed already
    public static void over(ChannelHandlerContext last, Loop loop, Consumer<Line> ready) {
        var channel = last.channel();
        channel.flush(); // of the login's last words
        if (!isPlain(channel) || !(((UnixChannel) channel).fd() instanceof Socket socket)) {
            if (channel.eventLoop().equals(loop.executor())) {
                ready.accept(replacing(last, new ChannelLine(channel)));
            } else {
                move(last, loop, ready);
            }
            return;
        }
        var remote = channel.remoteAddress();
        // What comes from now on waits in the kernel for the line.
        channel.config().setAutoRead(false);
        var _ = channel.deregister().addListener(gone -> {
            var line = new SocketLine(socket, remote, loop.executor());
            if (gone.isSuccess() && channel.isOpen()) {
                enter(line, loop, ready);
            } else {
                var _ = channel.close();
                line.close();
                loop.run(() -> ready.accept(line));
            }
        });
    }

    private static Line replacing(ChannelHandlerContext last, ChannelLine line) {
        if (!last.isRemoved()) {
            var _ = last.pipeline().replace(last.handler(), "line", line);
        }
        return line;
    }

    /// The channel goes on, on another loop. What comes meanwhile waits in the kernel for the line.
    private static void move(ChannelHandlerContext last, Loop loop, Consumer<Line> ready) {
        last.channel().config().setAutoRead(false);
        var line = new ChannelLine(last.channel());
        line.leaveLoop(_ -> line.enterLoop(loop, there -> {
            if (!there) {
                line.close();
                line.ended();
            }
            ready.accept(there ? replacing(last, line) : line);
        }));
    }

    private static void enter(SocketLine line, Loop loop, Consumer<Line> ready) {
        line.enterLoop(loop, entered -> {
            if (!entered) {
                line.close();
            }
            ready.accept(line);
        });
    }

    /// Whether nothing but the kernel is between the channel and its peer, and nothing waits to be sent.
    private static boolean isPlain(Channel channel) {
        boolean epoll = channel instanceof EpollSocketChannel || channel instanceof EpollDomainSocketChannel;
        if (!epoll || channel.pipeline().get(SslHandler.class) != null) {
            return false;
        }
        var outgoing = channel.unsafe().outboundBuffer();
        return outgoing != null && outgoing.totalPendingWriteBytes() == 0;
    }

    /// A connection that another process has opened, not on a loop yet and not read. The descriptor is the line's.
    ///
    /// @param unix whether it came by a Unix socket
    public static Line adopted(FileDescriptor connection, boolean unix, Loop loop) {
        var socket = new Socket(connection.intValue());
        var line = new SocketLine(
                socket, unix ? socket.remoteDomainSocketAddress() : socket.remoteAddress(), loop.executor());
        line.read(false);
        return line;
    }

    /// Whether the connection came by a Unix socket; whoever adopts it has to know.
    public static boolean isUnix(Line line) {
        return !(line.remoteAddress() instanceof InetSocketAddress);
    }
}
