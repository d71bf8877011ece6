package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.MockVerifiers;
import io.pgdoorman.pooler.cancel.CancelRegistry;
import io.pgdoorman.pooler.net.Loops;
import io.pgdoorman.pooler.pool.CapSettings;
import io.pgdoorman.pooler.pool.Coordinator;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.pool.PoolSettings;
import io.pgdoorman.pooler.pool.ServerSource;
import io.pgdoorman.pooler.relay.Pinning;
import io.pgdoorman.pooler.relay.RelaySettings;
import io.pgdoorman.pooler.server.CancelSender;
import io.pgdoorman.pooler.server.Credentials;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.StatementMemory;
import io.pgdoorman.pooler.tls.HandshakeGate;
import java.time.Duration;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// What clients have around them, without a directory, a console or a socket.
final class ClientStage {
    private ClientStage() {}

    static Building building(Loops loops, CancelSender sender) {
        return building(loops, sender, () -> {
            throw new IllegalStateException();
        });
    }

    /// Where clients come as far as the door.
    static Building building(Loops loops, Supplier<Directory> directory) {
        return building(
                loops, new CancelSender((_, _, _, failed) -> failed.accept(new IllegalStateException())), directory);
    }

    private static Building building(Loops loops, CancelSender sender, Supplier<Directory> directory) {
        return new Building(
                loops,
                directory,
                () -> new Building.House(10, 0, 1000, false, false, new Building.Logins(0, 0, _ -> true, false)),
                new Clients(),
                new Building.Cancels(new CancelRegistry(), sender),
                (_, _) -> {
                    throw new IllegalStateException();
                },
                new MockVerifiers(new byte[32]),
                new ProcessStats(),
                () -> 0L,
                new Building.Encrypting(() -> Building.LiveTls.NONE, new HandshakeGate(), Runnable::run));
    }

    /// A pool of up to so many servers, whose clients wait as long as it takes.
    static ClientPool pool(ServerSource<ServerConnection> source, int size, LongSupplier clock) {
        var settings = new PoolSettings(
                size,
                0,
                Duration.ofDays(1),
                new PoolSettings.Times(Duration.ZERO, Duration.ZERO, Duration.ZERO),
                new PoolSettings.Growth(1, 20, 0),
                false);
        var uncapped = new Coordinator("p", CapSettings.NONE, clock);
        var pool = new Pool<>(new Pool.Parts<ServerConnection>("p", source, uncapped, clock, () -> 0.5), settings);
        var behaviour = new ClientPool.Behaviour(
                new RelaySettings(false, true, true),
                new ClientPool.SessionRules(true, Set.of(), Pinning.NONE, false),
                new Credentials.None(),
                Timeouts.NONE,
                new ClientPool.Caps(0, 0));
        return new ClientPool(pool, new PoolStats("shop", "app"), behaviour, 1, 10, StatementMemory.ofHeap());
    }
}
