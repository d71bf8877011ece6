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
        var channel = new EmbeddedChannel(new AcceptGuard(), new ChannelInboundHandlerAdapter() {
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
}
