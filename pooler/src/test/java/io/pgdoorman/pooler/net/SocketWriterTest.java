package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// With a real socket, as what counts is what the kernel takes.
class SocketWriterTest {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private Channel channel;
    private Socket peer;

    @BeforeEach
    void connect() throws Exception {
        assumeTrue(Epoll.isAvailable());
        try (var door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            channel = new Bootstrap()
                    .group(loops)
                    .channel(EpollSocketChannel.class)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(door.getLocalSocketAddress())
                    .sync()
                    .channel();
            peer = door.accept();
        }
    }

    @AfterEach
    void end() throws Exception {
        if (peer != null) {
            peer.close();
        }
        loops.shutdownGracefully().sync();
    }

    @Test
    void sendsPastTheQueueWhatTheKernelTakes() throws Exception {
        // given
        var bytes = number(1);

        // when
        long pending = onLoop(() -> {
            new SocketWriter(channel).send(bytes);
            return channel.unsafe().outboundBuffer().totalPendingWriteBytes();
        });

        // then
        assertThat(pending).isZero();
        assertThat(bytes.refCnt()).isZero();
        assertThat(new DataInputStream(peer.getInputStream()).readLong()).isEqualTo(1);
    }

    @Test
    void keepsTheOrderWhenThePeerDoesNotRead() throws Exception {
        // given
        long count = onLoop(() -> {
            var writer = new SocketWriter(channel);
            long next = 0;
            // when
            while (channel.isWritable()) {
                var many = ByteBuffer.allocate(8000);
                while (many.hasRemaining()) {
                    many.putLong(next++);
                }
                writer.send(channel.alloc().directBuffer(8000).writeBytes(many.flip()));
            }
            writer.write(number(next++));
            writer.send(number(next++));
            return next;
        });

        // then
        var in = new DataInputStream(new BufferedInputStream(peer.getInputStream()));
        long expected = 0;
        while (expected < count && in.readLong() == expected) {
            expected++;
        }
        assertThat(expected).isEqualTo(count);
    }

    @Test
    void whatWasWrittenBeforeGoesFirst() throws Exception {
        // when
        onLoop(() -> {
            var writer = new SocketWriter(channel);
            writer.write(number(1));
            writer.send(number(2));
            return null;
        });

        // then
        var in = new DataInputStream(new BufferedInputStream(peer.getInputStream()));
        assertThat(in.readLong()).isEqualTo(1);
        assertThat(in.readLong()).isEqualTo(2);
    }

    @Test
    void givesBackWhatAClosedConnectionCannotTake() throws Exception {
        // given
        var bytes = number(1);

        // when
        onLoop(() -> {
            var writer = new SocketWriter(channel);
            var _ = channel.close();
            writer.send(bytes);
            return null;
        });

        // then
        assertThat(bytes.refCnt()).isZero();
    }

    @Test
    void otherChannelsSeeAllInTheirPipeline() {
        // given
        var embedded = new EmbeddedChannel();

        // when
        new SocketWriter(embedded).send(number(1));

        // then
        ByteBuf sent = embedded.readOutbound();
        assertThat(sent.readLong()).isEqualTo(1);
        sent.release();
    }

    private static ByteBuf number(long value) {
        return PooledByteBufAllocator.DEFAULT.directBuffer(8).writeLong(value);
    }

    private <T> T onLoop(Callable<T> work) throws Exception {
        return channel.eventLoop().submit(work).sync().getNow();
    }
}
