package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.pool.Coordinator;
import io.pgdoorman.pooler.pool.Retention;
import io.pgdoorman.pooler.reload.Reloader;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One duty cycle a second over all pools, on a thread of its own.
final class Janitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Janitor.class);

    private final Reloader reloader;
    private final FileFollower follower;
    private final Demand demand;
    private final LongSupplier clock;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("janitor").daemon().factory());
    private long retainedNanos;
    private int turn;

    Janitor(Reloader reloader, FileFollower follower, Demand demand, LongSupplier clock) {
        this.reloader = reloader;
        this.follower = follower;
        this.demand = demand;
        this.clock = clock;
        this.retainedNanos = clock.getAsLong();
    }

    void start() {
        var _ = timer.scheduleWithFixedDelay(this::cycle, 0, 1, TimeUnit.SECONDS);
        // reading files may block, which the pools' duty cycle must not
        var _ = timer.scheduleWithFixedDelay(
                () -> Thread.startVirtualThread(reloader::lookAtFiles), 2, 2, TimeUnit.SECONDS);
        var _ = timer.scheduleWithFixedDelay(() -> Thread.startVirtualThread(follower::look), 1, 1, TimeUnit.SECONDS);
    }

    private void cycle() {
        try {
            tick(clock.getAsLong());
        } catch (RuntimeException bug) {
            LOG.atError().setMessage("error in the janitor").setCause(bug).log();
        }
    }

    private void tick(long now) {
        var views = reloader.views();
        for (var view : views) {
            view.clients().pool().tick();
            view.clients().tick(now);
        }
        reloader.collect();
        reloader.coordinators().forEach(Coordinator::settle);
        demand.sample(reloader);
        var retain = reloader.live().config().general().servers().retain();
        if (now - retainedNanos >= retain.period().toNanos()) {
            retainedNanos = now;
            var pools = views.stream().map(view -> view.clients().pool()).toList();
            Retention.retain(pools, retain.max(), turn++);
            reloader.coordinators().forEach(Coordinator::trim);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
