package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LoopsTest {
    private static final int PATIENCE_SECONDS = 20;

    @Test
    void whatLoopsHaveIsClosedWithThemHoweverBusyTheyAre() {
        // given
        var loops = new Loops(TransportKind.choose(""), 1);
        var loop = loops.besideLoop();
        var listening = listening(loops);
        loop.execute(() -> {
            while (!loop.isShuttingDown()) {
                LockSupport.parkNanos(1_000_000);
            }
        });

        // when
        loops.close();

        // then
        assertThat(loop.terminationFuture().awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isTrue();
        assertThat(listening.isOpen()).isFalse();
    }

    private static Channel listening(Loops loops) {
        return new ServerBootstrap()
                .group(loops.doors())
                .channel(loops.transport().serverSocket())
                .childHandler(new ChannelInboundHandlerAdapter())
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
    }
}
