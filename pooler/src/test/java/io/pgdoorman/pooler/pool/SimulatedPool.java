package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// A pool of a simulation with its clients, and the source of its servers.
final class SimulatedPool implements ServerSource<SimulatedServer> {
    private static final PgError DOWN = PgError.fatal("08006", "connection refused");

    private final Simulation simulation;
    private final Pool<SimulatedServer> pool;
    final SimulatedLock lock;
    final List<SimulatedClient> clients = new ArrayList<>();

    /// All that it had after the last step or made since.
    final List<SimulatedServer> servers = new ArrayList<>();

    /// The most servers it may have now: after it shrank, those that it still has.
    int ceiling;

    SimulatedPool(Simulation simulation, String name, Coordinator coordinator, PoolSettings settings) {
        this.simulation = simulation;
        this.lock = new SimulatedLock(simulation);
        var random = simulation.random();
        this.pool = new Pool<>(
                new Pool.Parts<>(name, this, coordinator, () -> simulation.loops().now, random::nextDouble),
                settings,
                lock);
        this.ceiling = settings.size();
    }

    /// A server besides the pool: it takes a permit, is there for a while, or cannot be made.
    void opensOutside() {
        pool.permit(new Pool.Outsider() {
            @Override
            public void granted(Runnable release) {
                simulation.callsOut();
                simulation.backendBegan();
                simulation.happens(0, () -> {
                    simulation.outside++;
                    simulation.backendEnded();
                    release.run();
                });
            }

            @Override
            public void denied(PgError why) {
                simulation.callsOut();
            }
        });
    }

    static PoolSettings settings(Random random, boolean patient) {
        int size = 1 + random.nextInt(4);
        var wait = patient ? Duration.ofDays(1) : Duration.ofMillis(20 + random.nextInt(200));
        var times = new PoolSettings.Times(
                Duration.ofMillis(random.nextInt(3) * 300L),
                Duration.ofMillis(random.nextInt(3) * 100L),
                Duration.ofMillis(random.nextInt(3) * 100L));
        var growth = new PoolSettings.Growth(1 + random.nextInt(3), random.nextInt(101), random.nextInt(12));
        return new PoolSettings(size, random.nextInt(size + 1), wait, times, growth, random.nextBoolean());
    }

    Pool<SimulatedServer> pool() {
        return pool;
    }

    @Nullable
    SimulatedClient anyClient(Random random) {
        return clients.isEmpty() ? null : clients.get(random.nextInt(clients.size()));
    }

    @Override
    public void connect(int loop, Callback<SimulatedServer> callback) {
        simulation.callsOut();
        simulation.backendBegan();
        simulation.happens(loop, () -> {
            if (simulation.connectFails()) {
                simulation.backendEnded();
                callback.failed(new ConnectFailure(DOWN, simulation.chance(2)));
            } else {
                var server = new SimulatedServer(simulation, this, loop);
                servers.add(server);
                callback.connected(server);
            }
        });
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void run(int loop, Runnable task) {
        simulation.callsOut();
        simulation.loops().run(loop, task);
    }

    @Override
    public void later(Runnable task, long delayNanos) {
        simulation.loops().later(task, delayNanos);
    }

    @Override
    public int loops() {
        return simulation.loops().count();
    }
}
