package io.pgdoorman.pooler.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.pgdoorman.pooler.script.Eventually;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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

    @Test
    void serverOfARequestWithoutAcknowledgementIsLentToNobodyElse() {
        // given
        server.connection().cancelStarted();
        var channel = new EmbeddedChannel(new CancelSender.Request(server.connection(), outcomes::add));

        // when
        channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));

        // then
        assertThat(outcomes).containsExactly(false);
        assertThat(server.connection().unwanted()).isEqualTo(CloseReason.CANCEL_LOST);
        channel.releaseOutbound();
    }

    @Test
    void serverOfARequestThatWasNeverSentStays() {
        // given
        var sender = new CancelSender((_, _, _, failed) -> failed.accept(new IOException("Connection refused")));

        // when
        Consumer<Boolean> ended = outcomes::add;
        sender.cancel(server.connection(), server.loop(), ended);

        // then
        assertThat(outcomes).containsExactly(false);
        assertThat(server.connection().unwanted()).isNull();
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
