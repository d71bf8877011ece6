package io.pgdoorman.pooler.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pgdoorman.pooler.auth.AuthException;
import io.pgdoorman.pooler.auth.ScramKeys;
import io.pgdoorman.pooler.auth.ScramServer;
import io.pgdoorman.pooler.net.SocketSettings;
import io.pgdoorman.pooler.stats.ProcessStats;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A login to PostgreSQL whose other end, and whose thread for keys, is the test.
class ServerLoginTest {
    private static final ServerSettings.Address HOST = new ServerSettings.Address("127.0.0.1", 5432);

    private final Queue<Runnable> crypto = new ArrayDeque<>();
    private final Told told = new Told();
    private final ScramServer server = new ScramServer(
            ScramKeys.derive("pencil", "0123456789abcdef".getBytes(UTF_8), 16).verifier(),
            false,
            new ScramServer.Binding(false, false, new byte[0]));
    private final EmbeddedChannel channel = new EmbeddedChannel();

    ServerLoginTest() {
        var settings = new ServerSettings(
                new ServerSettings.Hosts(List.of(HOST), WantedRole.ANY, false),
                ServerTls.NONE,
                new ServerSettings.Login("shop", "app", Credentials.Password.of("pencil")),
                Map.of(),
                1000,
                0,
                SocketSettings.DEFAULT);
        var endpoint = new Endpoint(HOST, new InetSocketAddress(HOST.host(), HOST.port()));
        var steps = new ConnectSteps(new ProcessStats(), () -> 0);
        channel.pipeline().addLast(new ServerLogin(settings, endpoint, steps, 60_000, told, crypto::add));
        channel.pipeline().fireChannelActive();
        received();
    }

    @AfterEach
    void ends() {
        var _ = channel.finishAndReleaseAll();
    }

    private static final class Told implements ServerLogin.Outcome {
        private String failure = "";
        private boolean loggedIn;

        @Override
        public void loggedIn(ChannelHandlerContext ctx, ServerLogin.Welcome welcome) {
            loggedIn = true;
        }

        @Override
        public void failed(LoginFailure why) {
            failure = why.reason();
        }
    }

    private void authentication(int code, byte[] rest) {
        channel.writeInbound(Unpooled.buffer()
                .writeByte('R')
                .writeInt(8 + rest.length)
                .writeInt(code)
                .writeBytes(rest));
    }

    /// All that was sent since the last call.
    private String received() {
        var all = new StringBuilder();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            all.append(part.toString(UTF_8));
            part.release();
        }
        return all.toString();
    }

    private void asksForTheProof() throws AuthException {
        authentication(10, "SCRAM-SHA-256\0\0".getBytes(UTF_8));
        var initial = received();
        authentication(
                11, server.first(initial.substring(initial.indexOf("n,,")).getBytes(UTF_8)));
    }

    private void computes() {
        crypto.remove().run();
        channel.runPendingTasks();
    }

    @Test
    void keysAreDerivedOnAThreadForIt() throws AuthException {
        // given
        asksForTheProof();
        assertThat(received()).isEmpty();

        // when
        computes();

        // then
        var accepted =
                (ScramServer.Accepted) server.last(received().substring(5).getBytes(UTF_8));
        authentication(12, accepted.serverFinal());
        authentication(0, new byte[0]);
        channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {'Z', 0, 0, 0, 5, 'I'}));
        assertThat(told.loggedIn).isTrue();
    }

    @Test
    void whoGoesOnWithoutTheProofIsRefused() throws AuthException {
        // given
        asksForTheProof();

        // when
        authentication(0, new byte[0]);

        // then
        assertThat(told.failure).isEqualTo("authentication went on without an answer");
        computes();
        assertThat(received()).isEmpty();
    }

    @Test
    void connectionThatEndsMeanwhileIsNotWrittenTo() throws AuthException {
        // given
        asksForTheProof();

        // when
        var _ = channel.close();
        computes();

        // then
        assertThat(told.failure).isEqualTo("connection closed during login");
        assertThat(received()).isEmpty();
    }
}
