package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A pool, its clients and a PostgreSQL that does what the test says, in a time that the test lets pass.
abstract class PoolStage {
    static final long MILLI = 1_000_000;
    static final long SECOND = 1000 * MILLI;
    static final PgError DOWN = PgError.fatal("08006", "connection refused");
    static final PgError GONE = PgError.fatal("57P01", "the pool was removed");

    final FakeSource source = new FakeSource(2);
    double luck = 0.5;

    final Pool<FakeServer> pool(PoolSettings settings) {
        return new Pool<>(
                new Pool.Parts<>(
                        "database \"shop\", user \"app\"",
                        source,
                        new Coordinator("shop", CapSettings.NONE, () -> source.now),
                        () -> source.now,
                        () -> luck),
                settings);
    }

    final Pool<FakeServer> pool(int size) {
        return pool(settings(size, 0));
    }

    static PoolSettings settings(int size, int minSize) {
        return settings(size, minSize, new PoolSettings.Times(Duration.ZERO, Duration.ZERO, Duration.ZERO));
    }

    static PoolSettings settings(int size, int minSize, PoolSettings.Times times) {
        return new PoolSettings(size, minSize, Duration.ofSeconds(5), times, new PoolSettings.Growth(4, 20, 0), false);
    }

    static PoolSettings.Times times(int lifetime, int idle, int check) {
        return new PoolSettings.Times(
                Duration.ofSeconds(lifetime), Duration.ofSeconds(idle), Duration.ofSeconds(check));
    }

    static FakeBorrower client(Pool<FakeServer> pool, int loop) {
        return new FakeBorrower(pool, loop).borrows();
    }

    /// Fills the pool with idle servers that live on that loop and have served a client.
    final List<FakeServer> idle(Pool<FakeServer> pool, int count, int loop) {
        var clients = new ArrayList<FakeBorrower>();
        var servers = new ArrayList<FakeServer>();
        for (int i = 0; i < count; i++) {
            clients.add(client(pool, loop));
            if (!source.connects.isEmpty()) {
                source.connects();
            }
        }
        for (var client : clients) {
            var server = client.server;
            if (server == null) {
                throw new AssertionError("not served");
            }
            servers.add(server);
            client.givesBack();
        }
        return servers;
    }
}
