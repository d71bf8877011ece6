package io.pgdoorman.pooler.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.pgdoorman.pooler.auth.MockVerifiers;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.net.Dialer;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.net.Names;
import io.pgdoorman.pooler.net.TransportKind;
import io.pgdoorman.pooler.pool.CapSettings;
import io.pgdoorman.pooler.pool.Coordinator;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.pool.PoolSettings;
import io.pgdoorman.pooler.pool.ServerSource;
import io.pgdoorman.pooler.relay.Pinning;
import io.pgdoorman.pooler.relay.RelaySettings;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.server.CancelSender;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.Credentials;
import io.pgdoorman.pooler.server.FakePostgres;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerListener;
import io.pgdoorman.pooler.session.ParameterSet;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.tls.HandshakeGate;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
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
        var taker = client(channel);
        onLoop(() -> {
            channel.pipeline().addLast(taker);
            ByteBuf query = channel.alloc()
                    .buffer()
                    .writeBytes(Message.query("select 1").bytes());
            channel.pipeline().fireChannelRead(query);
        });

        // when
        onLoop(() -> assertThatCode(() -> taker.lent(server)).doesNotThrowAnyException());

        // then
        assertThat(postgres.isClosed()).isTrue();
        assertThat(server.closeReason()).isEqualTo(CloseReason.INTERNAL);
        assertThat(taker.activity()).isZero();
        var _ = postgres.received(); // its farewell
    }

    private void onLoop(Runnable task) throws Exception {
        CompletableFuture.runAsync(task, loops.loop(0).executor()).get();
    }

    private ClientConnection client(NioSocketChannel channel) {
        var stats = new PoolStats("shop", "app");
        var settings = new PoolSettings(
                1,
                0,
                Duration.ofSeconds(10),
                new PoolSettings.Times(Duration.ZERO, Duration.ZERO, Duration.ZERO),
                new PoolSettings.Growth(1, 20, 10),
                false);
        var uncapped = new Coordinator("p", CapSettings.NONE, () -> 0L);
        var pool = new Pool<>(
                new Pool.Parts<ServerConnection>("p", new Nowhere(), uncapped, () -> 0L, () -> 0.5), settings);
        var behaviour = new ClientPool.Behaviour(
                new RelaySettings(false, true, true),
                new ClientPool.SessionRules(true, Set.of(), Pinning.NONE, false),
                new Credentials.None(),
                Timeouts.NONE,
                new ClientPool.Caps(0, 0));
        var building = new Building(
                loops,
                () -> {
                    throw new IllegalStateException();
                },
                () -> new Building.House(10, 0, 1000, false, false, new Building.Logins(0, 0, _ -> true, false)),
                new Clients(),
                new Building.Cancels(
                        new CancelRegistry(), new CancelSender(new Dialer(loops, Names.of(loops, () -> 0L)))),
                (_, _) -> {
                    throw new IllegalStateException();
                },
                new MockVerifiers(new byte[32]),
                new ProcessStats(),
                () -> 0L,
                new Building.Encrypting(() -> Building.LiveTls.NONE, new HandshakeGate(), Runnable::run));
        var guest = new Guest(1, "", "", "", ParameterSet.EMPTY, Map.of(), 0);
        return new ClientConnection(building, new ClientPool(pool, stats, behaviour, 1, 10), channel, guest);
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
