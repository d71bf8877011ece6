package io.pgdoorman.pooler.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ListenerTest {
    private static final SocketSettings FIRST = new SocketSettings(true, 7, 8, 9, 42, 0, 0);

    @Test
    void acceptedSocketsHaveTheSettingsOfTheMomentAtWhichTheyCome() throws Exception {
        // given
        var settings = new AtomicReference<>(FIRST);
        var accepted = new LinkedBlockingQueue<Channel>();
        try (var loops = new Loops(TransportKind.EPOLL, 1)) {
            var listener =
                    Listener.bind(loops, new Listener.ListenSettings("127.0.0.1", 0, 10), settings::get, accepted::add);

            // when then
            assertThat(optionsOfOne(listener, accepted)).isEqualTo(FIRST);
            for (var other : new SocketSettings[] {
                new SocketSettings(false, 7, 8, 9, 42, 0, 0), new SocketSettings(true, 17, 18, 19, 52, 0, 0), FIRST
            }) {
                settings.set(other);
                assertThat(optionsOfOne(listener, accepted)).isEqualTo(other);
            }
            listener.close();
        }
    }

    @Test
    void whoHasNotLoggedInTakesNoTimeFromThoseWhoAreServed() throws Exception {
        // given
        var accepted = new LinkedBlockingQueue<Channel>();
        try (var loops = new Loops(TransportKind.choose(""), 2)) {
            var listener =
                    Listener.bind(loops, new Listener.ListenSettings("127.0.0.1", 0, 10), () -> FIRST, accepted::add);

            // when
            try (var _ = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
                var channel = accepted.poll(10, TimeUnit.SECONDS);

                // then
                assertThat(channel).isNotNull();
                assertThat(loops.all()).extracting(Loop::executor).doesNotContain(channel.eventLoop());
            }
            listener.close();
        }
    }

    private static SocketSettings optionsOfOne(Listener listener, LinkedBlockingQueue<Channel> accepted)
            throws IOException, InterruptedException {
        try (var _ = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
            var channel = (EpollSocketChannel) accepted.poll(10, TimeUnit.SECONDS);
            assertThat(channel).isNotNull();
            var config = channel.config();
            assertThat(config.isKeepAlive()).isTrue();
            return new SocketSettings(
                    config.isTcpNoDelay(),
                    config.getOption(EpollChannelOption.TCP_KEEPIDLE),
                    config.getOption(EpollChannelOption.TCP_KEEPINTVL),
                    config.getOption(EpollChannelOption.TCP_KEEPCNT),
                    config.getOption(EpollChannelOption.TCP_USER_TIMEOUT) / 1000,
                    0,
                    0);
        }
    }
}
