package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AcceptGuardTest {
    @Test
    void acceptsAgainAfterAPause() {
        // given
        List<Throwable> passedOn = new ArrayList<>();
        var channel = new EmbeddedChannel(new AcceptGuard(Runnable::run), new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                passedOn.add(cause);
            }
        });
        channel.freezeTime();

        for (int i = 0; i < 3; i++) {
            // when
            channel.pipeline().fireExceptionCaught(new IOException("Too many open files"));
            boolean pausing = !channel.config().isAutoRead();
            channel.advanceTimeBy(AcceptGuard.PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();

            // then
            assertThat(pausing).isTrue();
            assertThat(channel.config().isAutoRead()).isTrue();
        }
        assertThat(passedOn).isEmpty();
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void crowdIsAcceptedByAndByAsTheLoopsComeRound() {
        // given
        List<Runnable> turns = new ArrayList<>();
        var guard = new AcceptGuard(turns::add);
        var channel = new EmbeddedChannel(guard);
        for (int i = 1; i < AcceptGuard.AT_ONCE; i++) {
            channel.writeInbound("a connection");
        }
        assertThat(channel.config().isAutoRead()).isTrue();

        // when
        channel.writeInbound("one more");

        // then
        assertThat(channel.config().isAutoRead()).isFalse();
        assertThat(turns).hasSize(1);

        // when
        guard.open(channel, false);
        turns.removeFirst().run();
        channel.runPendingTasks();

        // then
        assertThat(channel.config().isAutoRead()).isFalse();

        // when
        guard.open(channel, true);

        // then
        assertThat(channel.config().isAutoRead()).isTrue();
    }
}
