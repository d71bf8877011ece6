package io.pgdoorman.pooler.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.pgdoorman.pooler.net.ChannelLine;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.TransportKind;
import io.pgdoorman.pooler.pool.ServerSource;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.server.CancelSender;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.FakePostgres;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerListener;
import io.pgdoorman.pooler.session.ParameterSet;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A server goes from one client to the next on one stack: what fails in the taker is the taker's.
class HandedServerTest {
    private final Loops loops = new Loops(TransportKind.NIO, 1);

    @AfterEach
    void stops() {
        loops.close();
    }

    @Test
    void bugInTheTakerIsNotThrownAtTheGiver() throws Exception {
        // given
        var postgres = new FakePostgres(10);
        var server = postgres.connection();
        server.attach(new Stranger()); // so that nobody else can take hold of it
        var channel = new NioSocketChannel();
        loops.loop(0).executor().register(channel).sync();
        var line = new ChannelLine(channel);
        var taker = client(line);
        onLoop(() -> {
            ByteBuf query = channel.alloc()
                    .buffer()
                    .writeBytes(Message.query("select 1").bytes());
            line.serve(taker, query);
        });

        // when
        onLoop(() -> assertThatCode(() -> taker.lease().lent(server)).doesNotThrowAnyException());

        // then
        assertThat(postgres.isClosed()).isTrue();
        assertThat(server.closeReason()).isEqualTo(CloseReason.INTERNAL);
        assertThat(taker.activity()).isZero();
        var _ = postgres.received(); // its farewell
    }

    private void onLoop(Runnable task) throws Exception {
        CompletableFuture.runAsync(task, loops.loop(0).executor()).get();
    }

    private ClientConnection client(Line line) {
        var nobody = new CancelSender((_, _, _, failed) -> failed.accept(new IllegalStateException()));
        var building = ClientStage.building(loops, nobody);
        var guest = new Guest(1, "", "", null, ParameterSet.EMPTY, Map.of(), 0);
        return new ClientConnection(building, ClientStage.pool(new Nowhere(), 1, () -> 0L), line, guest);
    }

    /// Connects never succeed and never fail.
    private final class Nowhere implements ServerSource<ServerConnection> {
        @Override
        public void connect(int loop, Callback<ServerConnection> callback) {}

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void run(int loop, Runnable task) {
            loops.loop(loop).run(task);
        }

        @Override
        public void later(Runnable task, long delayNanos) {}

        @Override
        public int loops() {
            return 1;
        }
    }

    private static final class Stranger implements ServerListener {
        @Override
        public void fromServer(ByteBuf chunk) {
            chunk.release();
        }

        @Override
        public void serverReadComplete() {}

        @Override
        public void serverWritabilityChanged() {}

        @Override
        public void serverClosed(CloseReason reason) {}
    }
}
