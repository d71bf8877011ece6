package io.pgdoorman.pooler.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What both lines promise, with a real socket, as what counts is what the kernel does.
class LineTest {
    private static final String END = "closed";
    private static final long LAST_WORD = 42;

    private final Loops loops = new Loops(TransportKind.EPOLL, 2);
    private final Recorder user = new Recorder();
    private @Nullable Line made;
    private java.net.@Nullable Socket other;

    /// Which of the two is tried.
    enum Kind {
        SOCKET,
        CHANNEL
    }

    /// Writes down what it is told.
    private static class Recorder implements LineUser {
        private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
        private final AtomicInteger bytes = new AtomicInteger();
        private volatile @Nullable RuntimeException bug;

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
    private void connect(Kind kind) throws Exception {
        make(kind);
        onLoop(() -> {
            line().serve(user, null);
            return null;
        });
    }

    private void make(Kind kind) throws Exception {
        meet(kind);
        if (kind == Kind.SOCKET) {
            assertThat(new DataInputStream(peer().getInputStream()).readLong()).isEqualTo(LAST_WORD);
        }
    }

    private void meet(Kind kind) throws Exception {
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

    @ParameterizedTest
    @EnumSource
    void whoComesLateHearsOfTheEnd(Kind kind) throws Exception {
        // given
        make(kind);
        var closed = new CompletableFuture<Boolean>();
        var late = number(1);
        onLoop(() -> {
            line().onClosed(() -> closed.complete(true));
            line().close();
            line().send(late); // a greeting
            return null;
        });
        assertThat(closed.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(onLoop(late::refCnt)).isZero();

        // when
        onLoop(() -> {
            line().serve(user, null);
            return null;
        });

        // then
        assertThat(user.next()).isEqualTo(END);
    }

    @ParameterizedTest
    @EnumSource
    void tellsOfBurstsAndOfTheEnd(Kind kind) throws Exception {
        // given
        connect(kind);

        // when
        says("one");
        assertThat(user.upTo("all")).containsExactly("one", "all");
        says("two");
        peer().shutdownOutput();

        // then
        assertThat(user.upTo(END)).startsWith("two").contains("all").endsWith(END);
        assertThat(line().isOpen()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void readsUpToTheEndOfWhoSaysMuchAndLeaves(Kind kind) throws Exception {
        // given
        connect(kind);
        int length = 3_000_000;

        // when
        peer().getOutputStream().write(new byte[length]);
        peer().close();

        // then
        var _ = user.upTo(END);
        assertThat(user.bytes).hasValue(length);
    }

    @ParameterizedTest
    @EnumSource
    void whatCameWhileItWasNotReadIsThereLater(Kind kind) throws Exception {
        // given
        connect(kind);
        onLoop(() -> {
            line().read(false);
            return null;
        });

        // when
        says("first");
        says("second");
        onLoop(() -> "the loop has looked at epoll once more");
        assertThat(user.told).doesNotContain("first", "firstsecond");
        onLoop(() -> {
            line().read(true);
            return null;
        });
        peer().shutdownOutput();

        // then
        assertThat(String.join("", user.upTo(END)).replace("all", "")).isEqualTo("firstsecond" + END);
    }

    @ParameterizedTest
    @EnumSource
    void whatWasReadBeforeComesFirst(Kind kind) throws Exception {
        // given
        connect(kind);
        var another = new Recorder();

        // when
        onLoop(() -> {
            line().serve(another, Unpooled.copiedBuffer("ahead", US_ASCII));
            return null;
        });
        says("behind");

        // then
        assertThat(another.upTo("all")).containsExactly("ahead", "all");
        assertThat(another.upTo("all")).containsExactly("behind", "all");
    }

    @ParameterizedTest
    @EnumSource
    void tellsWhenThePeerTakesNoMoreAndWhenItDoesAgain(Kind kind) throws Exception {
        // given
        connect(kind);

        // when: far more than the kernel takes
        long count = onLoop(() -> {
            long next = 0;
            while (line().isWritable()) {
                var many = ByteBuffer.allocate(8000);
                while (many.hasRemaining()) {
                    many.putLong(next++);
                }
                line().send(PooledByteBufAllocator.DEFAULT.directBuffer(8000).writeBytes(many.flip()));
            }
            line().write(number(next++));
            line().send(number(next++));
            return next;
        });
        assertThat(user.next()).isEqualTo("writability");
        assertThat(onLoop(() -> line().hasUnsent())).isTrue();
        var sent = new CompletableFuture<Boolean>();
        onLoop(() -> {
            line().whenSent(sent::complete);
            return null;
        });
        assertThat(sent).isNotDone();

        // then: all of it comes, in order
        var in = new DataInputStream(new BufferedInputStream(peer().getInputStream()));
        long expected = 0;
        while (expected < count && in.readLong() == expected) {
            expected++;
        }
        assertThat(expected).isEqualTo(count);
        assertThat(user.next()).isEqualTo("writability");
        assertThat(sent.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(onLoop(() -> line().isWritable())).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void whatWasWrittenBeforeGoesFirst(Kind kind) throws Exception {
        // given
        connect(kind);

        // when
        onLoop(() -> {
            line().write(number(1));
            line().write(Unpooled.buffer().writeLong(2)); // on the heap
            line().send(number(3));
            return null;
        });

        // then
        var in = new DataInputStream(peer().getInputStream());
        assertThat(in.readLong()).isEqualTo(1);
        assertThat(in.readLong()).isEqualTo(2);
        assertThat(in.readLong()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    void aClosedOneGivesBackWhatItCannotTake(Kind kind) throws Exception {
        // given
        connect(kind);
        var before = number(1);
        var after = number(2);
        var sent = new CompletableFuture<Boolean>();
        var watched = new CompletableFuture<String>();

        // when
        onLoop(() -> {
            line().write(before);
            line().onClosed(() -> watched.complete("told"));
            line().close();
            line().send(after);
            line().whenSent(sent::complete);
            return null;
        });

        // then
        assertThat(user.upTo(END)).endsWith(END);
        assertThat(watched.get(10, TimeUnit.SECONDS)).isEqualTo("told");
        assertThat(sent.get(10, TimeUnit.SECONDS)).isFalse();
        assertThat(before.refCnt() + after.refCnt()).isZero();
        assertThat(peer().getInputStream().read()).isEqualTo(-1);
    }

    @ParameterizedTest
    @EnumSource
    void aResetIsAFailureAndTheEnd(Kind kind) throws Exception {
        // given
        connect(kind);

        // when
        peer().setSoLinger(true, 0);
        peer().close();

        // then
        assertThat(user.upTo(END)).contains("broken");
    }

    @ParameterizedTest
    @EnumSource(names = "SOCKET")
    void whatThePeerSaidBeforeItLeftIsReadWhenItTakesNoMore(Kind kind) throws Exception {
        // given
        connect(kind);

        // when: it leaves bytes unread, so that the kernel resets the connection
        onLoop(() -> {
            line().send(number(1));
            assertThat(peer().getInputStream().read()).isZero();
            says("why");
            peer().close();
            line().send(number(2));
            return null;
        });

        // then
        assertThat(user.upTo(END)).startsWith("why");
    }

    @ParameterizedTest
    @EnumSource
    void aUserThatFailsIsToldAndTheLoopGoesOn(Kind kind) throws Exception {
        // given
        connect(kind);
        user.bug = new IllegalStateException("bug");

        // when
        says("one");

        // then
        assertThat(user.next()).isEqualTo("one");
        assertThat(user.next()).isEqualTo("failed: bug");
        long before = System.nanoTime();
        onLoop(() -> null);
        assertThat(System.nanoTime() - before)
                .as("Netty stops a loop for a second")
                .isLessThan(900_000_000L);
    }

    @ParameterizedTest
    @EnumSource
    void thePeerSeesTheEndOfTheStreamAndMaySpeakOn(Kind kind) throws Exception {
        // given
        connect(kind);

        // when
        onLoop(() -> {
            assertThat(line().endOutput()).isTrue();
            return null;
        });

        // then
        assertThat(peer().getInputStream().read()).isEqualTo(-1);
        says("still here");
        assertThat(user.next()).isEqualTo("still here");
    }

    @ParameterizedTest
    @EnumSource
    void endingTheStreamOfAPeerThatResetItClosesIt(Kind kind) throws Exception {
        // given
        connect(kind);

        // when
        onLoop(() -> {
            peer().setSoLinger(true, 0);
            peer().close();
            var _ = line().endOutput();
            return null;
        });

        // then
        assertThat(user.upTo(END)).endsWith(END).noneMatch(told -> told.startsWith("failed"));
    }

    @ParameterizedTest
    @EnumSource
    void movesToAnotherLoopWithWhatCameMeanwhile(Kind kind) throws Exception {
        // given
        connect(kind);
        var arrived = new CompletableFuture<Boolean>();

        // when
        onLoop(() -> {
            line().leaveLoop(left -> {
                assertThat(left).isTrue();
                assertThat(line().hasLoop()).isFalse();
                says("on the way");
                line().enterLoop(loops.loop(1), arrived::complete);
            });
            return null;
        });

        // then
        assertThat(arrived.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(line().executor()).isEqualTo(loops.loop(1).executor());
        assertThat(user.upTo("all")).containsExactly("on the way", "all");
    }

    /// As a server does whose answer ends its lease: the next client may be on another loop.
    @ParameterizedTest
    @EnumSource
    void whoMovesWhileItIsToldHearsTheRestOnTheLoopThatItIsOn(Kind kind) throws Exception {
        // given
        connect(kind);
        var strays = new LinkedBlockingQueue<String>();
        var mover = new Recorder() {
            @Override
            public void received(ByteBuf in) {
                super.received(in);
                line().leaveLoop(_ -> line().enterLoop(loops.loop(1), _ -> told("moved")));
            }

            @Override
            void told(String what) {
                if (!line().executor().inEventLoop()) {
                    strays.add(what);
                }
                super.told(what);
            }
        };
        onLoop(() -> {
            line().serve(mover, null);
            return null;
        });

        // when
        says("go");

        // then
        assertThat(mover.upTo("moved")).startsWith("go");
        assertThat(strays).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void closesAfterAWhile(Kind kind) throws Exception {
        // given
        connect(kind);

        // when
        onLoop(() -> {
            line().closeAfter(1);
            return null;
        });

        // then
        assertThat(user.next()).isEqualTo(END);
    }

    @ParameterizedTest
    @EnumSource
    void isClosedWithItsLoops(Kind kind) throws Exception {
        // given
        connect(kind);

        // when
        loops.close();

        // then
        assertThat(peer().getInputStream().read()).isEqualTo(-1);
    }

    @ParameterizedTest
    @EnumSource(names = "SOCKET")
    void isAdoptedUnread(Kind kind) throws Exception {
        // given
        connect(kind);
        var descriptor = Objects.requireNonNull(line().descriptor());
        onLoop(() -> {
            line().leaveLoop(_ -> {});
            return null;
        });
        says("waits");
        var another = new Recorder();
        var entered = new CompletableFuture<Boolean>();

        // when
        var adopted = Lines.adopted(new Socket(descriptor.intValue()), false, loops.loop(1));
        adopted.enterLoop(loops.loop(1), in -> {
            adopted.serve(another, null);
            entered.complete(in);
        });

        // then
        assertThat(entered.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(another.told).isEmpty();
        assertThat(adopted.remoteAddress()).isEqualTo(line().remoteAddress());
        loops.loop(1).run(() -> adopted.read(true));
        assertThat(another.upTo("all")).isEqualTo(List.of("waits", "all"));
    }

    private Line line() {
        return Objects.requireNonNull(made);
    }

    private java.net.Socket peer() {
        return Objects.requireNonNull(other);
    }

    private void says(String text) {
        try {
            peer().getOutputStream().write(text.getBytes(US_ASCII));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static ByteBuf number(long value) {
        return PooledByteBufAllocator.DEFAULT.directBuffer(8).writeLong(value);
    }

    private <T> T onLoop(Callable<T> work) throws Exception {
        return line().executor().submit(work).get(10, TimeUnit.SECONDS);
    }
}
