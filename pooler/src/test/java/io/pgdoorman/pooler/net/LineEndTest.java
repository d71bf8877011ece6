package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The end of a line, which either side may begin; the two ways to have one end alike.
class LineEndTest extends LineStage {
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
}
