package io.pgdoorman.pooler.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A connection on loopback whose one end is a line.
abstract class LineStage {
    static final String END = "closed";
    static final long LAST_WORD = 42;

    final Loops loops = new Loops(TransportKind.EPOLL, 2);
    final Recorder user = new Recorder();

    @Nullable
    Line made;

    java.net.@Nullable Socket other;

    /// Which of the two is tried.
    enum Kind {
        SOCKET,
        CHANNEL
    }

    /// Writes down what it is told.
    static class Recorder implements LineUser {
        final BlockingQueue<String> told = new LinkedBlockingQueue<>();
        final AtomicInteger bytes = new AtomicInteger();
        volatile @Nullable RuntimeException bug;

        @Override
        public void received(ByteBuf in) {
            var bad = bug;
            bytes.addAndGet(in.readableBytes());
            told(in.readableBytes() > 100 ? "much" : in.toString(US_ASCII));
            in.release();
            if (bad != null) {
                throw bad;
            }
        }

        @Override
        public void receivedAll() {
            told("all");
        }

        @Override
        public void writabilityChanged() {
            told("writability");
        }

        @Override
        public void failed(Throwable cause) {
            told(cause instanceof IOException ? "broken" : "failed: " + cause.getMessage());
        }

        @Override
        public void closed() {
            told(END);
        }

        void told(String what) {
            told.add(what);
        }

        String next() throws InterruptedException {
            return String.valueOf(told.poll(10, TimeUnit.SECONDS));
        }

        /// All up to this word, which is the last of them.
        List<String> upTo(String word) throws InterruptedException {
            var all = new ArrayList<String>();
            while (all.isEmpty() || !all.getLast().equals(word)) {
                all.add(next());
                assertThat(all.getLast()).as("after %s", all).isNotEqualTo("null");
            }
            return all;
        }
    }

    @BeforeEach
    void epollIsThere() {
        assumeTrue(Epoll.isAvailable());
    }

    @AfterEach
    void end() throws Exception {
        var open = other;
        if (open != null) {
            open.close();
        }
        loops.close();
    }

    /// Connects, makes a line of the connection as a login does, and serves it.
    void connect(Kind kind) throws Exception {
        make(kind);
        onLoop(() -> {
            line().serve(user, null);
            return null;
        });
    }

    void make(Kind kind) throws Exception {
        meet(kind);
        if (kind == Kind.SOCKET) {
            assertThat(new DataInputStream(peer().getInputStream()).readLong()).isEqualTo(LAST_WORD);
        }
    }

    void meet(Kind kind) throws Exception {
        var ready = new CompletableFuture<Line>();
        try (var door = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var _ = new Bootstrap()
                    .group(loops.loop(0).executor())
                    .channel(EpollSocketChannel.class)
                    .handler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelActive(ChannelHandlerContext ctx) {
                            if (kind == Kind.SOCKET) {
                                var _ = ctx.write(number(LAST_WORD)); // not flushed, as a login's may be
                                Lines.over(ctx, loops.loop(0), ready::complete);
                            } else {
                                var its = new ChannelLine(ctx.channel());
                                var _ = ctx.pipeline().replace(this, "line", its);
                                ready.complete(its);
                            }
                        }
                    })
                    .connect(door.getLocalSocketAddress());
            other = door.accept();
        }
        made = ready.get(10, TimeUnit.SECONDS);
        assertThat(line()).isInstanceOf(kind == Kind.SOCKET ? SocketLine.class : ChannelLine.class);
    }

    Line line() {
        return Objects.requireNonNull(made);
    }

    java.net.Socket peer() {
        return Objects.requireNonNull(other);
    }

    void says(String text) {
        try {
            peer().getOutputStream().write(text.getBytes(US_ASCII));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static ByteBuf number(long value) {
        return PooledByteBufAllocator.DEFAULT.directBuffer(8).writeLong(value);
    }

    <T> T onLoop(Callable<T> work) throws Exception {
        return line().executor().submit(work).get(10, TimeUnit.SECONDS);
    }
}
