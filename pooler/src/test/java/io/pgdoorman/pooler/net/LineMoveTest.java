package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.Socket;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A line goes from loop to loop, or comes from another process.
class LineMoveTest extends LineStage {
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
}
