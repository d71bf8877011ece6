package io.pgdoorman.pooler.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What both lines promise, with a real socket, as what counts is what the kernel does.
class LineTest extends LineStage {
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
}
