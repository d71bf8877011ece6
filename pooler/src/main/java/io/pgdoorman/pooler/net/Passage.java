package io.pgdoorman.pooler.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A way between two processes of this machine for messages, some with a descriptor attached (SCM_RIGHTS).
///
/// Two Unix sockets in a folder that only their owner may enter: one for messages, one for the descriptors in the same
/// order. One socket would not do: Netty reads either bytes or descriptors from it, and drops descriptors where it
/// reads bytes. Both ends know by the kernel who the other is. Belongs to the loop beside the data path.
public final class Passage implements AutoCloseable {
    /// The longest message: a client with its prepared statements.
    public static final int MAX_MESSAGE = 16 * 1024 * 1024;

    private static final String MESSAGES = "messages";
    private static final String DESCRIPTORS = "descriptors";
    private static final int CONNECT_MILLIS = 10_000;

    private final EventLoop loop;
    private final LongSupplier peer;
    private final Reader reader;
    private final ArrayDeque<ByteBuf> messages = new ArrayDeque<>();
    private final ArrayDeque<FileDescriptor> descriptors = new ArrayDeque<>();
    private final List<Channel> doors = new ArrayList<>();
    private @Nullable Channel forMessages;
    private @Nullable Channel forDescriptors;
    private String reason = "the other process closed the passage";
    private boolean whole;
    private boolean over;

    /// The one at this end; called on the passage's loop.
    public interface Reader {
        /// A message came; it is released afterwards, the descriptor is the reader's.
        ///
        /// @throws IOException when it makes no sense: the passage is closed
        void read(ByteBuf message, @Nullable FileDescriptor attached) throws IOException;

        /// Nothing comes any more.
        void closed(String reason);
    }

    private Passage(Loops loops, LongSupplier peer, Reader reader) {
        this.loop = loops.besideLoop();
        this.peer = peer;
        this.reader = reader;
    }

    /// Whether this transport can send descriptors.
    public static boolean isPossible(Loops loops) {
        return loops.transport() == TransportKind.EPOLL;
    }

    /// Waits for the other process.
    ///
    /// @param folder that only we may enter
    /// @param peer the number of the process that may come; asked when somebody does
    public static Passage open(Loops loops, Path folder, LongSupplier peer, Reader reader) throws IOException {
        var passage = new Passage(loops, peer, reader);
        for (var name : List.of(MESSAGES, DESCRIPTORS)) {
            var bound = new ServerBootstrap()
                    .group(passage.loop)
                    .channel(EpollServerDomainSocketChannel.class)
                    .childHandler(passage.handlers(name))
                    .bind(new DomainSocketAddress(folder.resolve(name).toString()))
                    .awaitUninterruptibly();
            var cause = bound.cause();
            if (cause != null) {
                passage.close();
                throw new IOException("cannot listen in " + folder + ": " + cause.getMessage(), cause);
            }
            passage.doors.add(bound.channel());
        }
        return passage;
    }

    /// Goes to the process that waits.
    ///
    /// @param peer its number
    public static Passage connect(Loops loops, Path folder, long peer, Reader reader) throws IOException {
        var passage = new Passage(loops, () -> peer, reader);
        for (var name : List.of(MESSAGES, DESCRIPTORS)) {
            var connected = new Bootstrap()
                    .group(passage.loop)
                    .channel(EpollDomainSocketChannel.class)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                    .handler(passage.handlers(name))
                    .connect(new DomainSocketAddress(folder.resolve(name).toString()))
                    .awaitUninterruptibly();
            var cause = connected.cause();
            if (cause != null) {
                passage.close();
                throw new IOException("cannot connect to " + folder + ": " + cause.getMessage(), cause);
            }
        }
        return passage;
    }

    private ChannelInitializer<EpollDomainSocketChannel> handlers(String name) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(EpollDomainSocketChannel channel) {
                if (name.equals(MESSAGES)) {
                    channel.pipeline()
                            .addLast(new LengthFieldBasedFrameDecoder(MAX_MESSAGE + 1, 0, 4, 0, 4))
                            .addLast(new Messages());
                } else {
                    channel.config().setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS);
                    channel.pipeline().addLast(new Descriptors());
                }
            }
        };
    }

    /// Who is at the other end, as the kernel says.
    private void check(EpollDomainSocketChannel channel) throws IOException {
        var who = channel.peerCredentials();
        var uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (who.pid() != peer.getAsLong() || !uid.equals(who.uid())) {
            throw new IOException("process " + who.pid() + " of user " + who.uid() + " has no business here");
        }
    }

    /// Sends a message; any thread, in the order of the calls of each. The message is the passage's from now on.
    public void send(ByteBuf message) {
        loop.execute(() -> write(message, null));
    }

    /// Sends a message with a descriptor, which stays the caller's and must be open until the other side has answered.
    public void send(ByteBuf message, FileDescriptor attached) {
        loop.execute(() -> write(message, attached));
    }

    private void write(ByteBuf message, @Nullable FileDescriptor attached) {
        var paper = forMessages;
        var rights = forDescriptors;
        if (over || paper == null || rights == null) {
            message.release();
            return;
        }
        var head = paper.alloc().buffer(5);
        head.writeInt(message.readableBytes() + 1).writeByte(attached == null ? 0 : 1);
        var _ = paper.write(head);
        var _ = paper.writeAndFlush(message).addListener(written -> {
            if (!written.isSuccess()) {
                end("a message cannot be sent: " + written.cause());
            }
        });
        if (attached != null) {
            var _ = rights.writeAndFlush(attached).addListener(written -> {
                if (!written.isSuccess()) {
                    end("a descriptor cannot be sent: " + written.cause());
                }
            });
        }
    }

    private void deliver() {
        while (whole && !over && !messages.isEmpty()) {
            var message = messages.getFirst();
            boolean attached = message.getByte(message.readerIndex()) != 0;
            if (attached && descriptors.isEmpty()) {
                if (forDescriptors == null) {
                    end("a message came without its descriptor");
                }
                return;
            }
            var _ = messages.removeFirst();
            message.skipBytes(1);
            var descriptor = attached ? descriptors.removeFirst() : null;
            try {
                reader.read(message, descriptor);
            } catch (IOException | RuntimeException senseless) {
                shut(descriptor);
                end("a message makes no sense: " + senseless.getMessage());
            } finally {
                message.release();
            }
        }
    }

    /// What was sent before is delivered.
    @Override
    public void close() {
        loop.execute(() -> {
            var paper = forMessages;
            if (paper == null) {
                end("closed");
            } else {
                var _ = paper.writeAndFlush(paper.alloc().buffer(0)).addListener(_ -> end("closed"));
            }
        });
    }

    private void closeDoors() {
        for (var door : doors) {
            var _ = door.close();
        }
    }

    private void end(String why) {
        if (over) {
            return;
        }
        over = true;
        reason = why;
        closeDoors();
        for (var channel : new Channel[] {forMessages, forDescriptors}) {
            if (channel != null) {
                var _ = channel.close();
            }
        }
        messages.forEach(ByteBuf::release);
        messages.clear();
        descriptors.forEach(Passage::shut);
        descriptors.clear();
        reader.closed(reason);
    }

    /// What came before the end still counts: the two sockets end one after the other.
    private void ended(Channel channel) {
        boolean isMessages = channel.equals(forMessages);
        if (isMessages) {
            forMessages = null;
        } else {
            forDescriptors = null;
        }
        deliver();
        if (forMessages == null && (messages.isEmpty() || forDescriptors == null)) {
            end(reason);
        }
    }

    /// One of the two sockets is there; nobody else may come when both are.
    private void begun() {
        if (forMessages != null && forDescriptors != null) {
            whole = true;
            closeDoors();
            deliver();
        }
    }

    /// Closes a descriptor that nobody wants.
    public static void shut(@Nullable FileDescriptor descriptor) {
        try {
            if (descriptor != null) {
                descriptor.close();
            }
        } catch (IOException gone) {
            throw new IllegalStateException("a descriptor cannot be closed", gone);
        }
    }

    private abstract class End extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext ctx) throws IOException {
            check((EpollDomainSocketChannel) ctx.channel());
            ctx.fireChannelActive();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (ctx.channel().equals(forMessages) || ctx.channel().equals(forDescriptors)) {
                ended(ctx.channel());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (ctx.channel().equals(forMessages) || ctx.channel().equals(forDescriptors)) {
                end("the passage broke: " + cause.getMessage());
            } else {
                var _ = ctx.close();
            }
        }
    }

    private final class Messages extends End {
        @Override
        public void channelActive(ChannelHandlerContext ctx) throws IOException {
            super.channelActive(ctx);
            if (forMessages != null) {
                throw new IOException("the passage is taken");
            }
            forMessages = ctx.channel();
            begun();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object read) {
            var message = (ByteBuf) read;
            if (over || !message.isReadable()) {
                message.release();
                end("a message makes no sense: it is empty");
                return;
            }
            messages.addLast(message);
            deliver();
        }
    }

    private final class Descriptors extends End {
        @Override
        public void channelActive(ChannelHandlerContext ctx) throws IOException {
            super.channelActive(ctx);
            if (forDescriptors != null) {
                throw new IOException("the passage is taken");
            }
            forDescriptors = ctx.channel();
            begun();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (over) {
                shut((FileDescriptor) message);
                return;
            }
            descriptors.addLast((FileDescriptor) message);
            deliver();
        }
    }
}
