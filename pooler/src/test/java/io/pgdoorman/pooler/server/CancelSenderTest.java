package io.pgdoorman.pooler.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.pgdoorman.pooler.script.Eventually;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Cancel requests on a connection of the test.
class CancelSenderTest {
    private final FakePostgres server = new FakePostgres(0);
    private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    private final List<Boolean> outcomes = new ArrayList<>();

    @AfterEach
    void ends() {
        server.hangsUp();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void nothingIsHeldOfARequestThatIsTaken() {
        // when
        var request = taken();

        // then
        assertThat(outcomes).containsExactly(true);
        Eventually.isTrue("it is forgotten", () -> {
            System.gc();
            return request.refersTo(null);
        });
    }

    private WeakReference<CancelSender.Request> taken() {
        server.connection().cancelStarted();
        var request = new CancelSender.Request(server.connection(), outcomes::add);
        var channel = new LocalChannel();
        channel.pipeline().addLast(request);
        loop.register(channel).syncUninterruptibly();
        channel.eventLoop()
                .submit(() -> channel.pipeline().fireChannelInactive())
                .syncUninterruptibly();
        channel.close().syncUninterruptibly();
        return new WeakReference<>(request);
    }
}
