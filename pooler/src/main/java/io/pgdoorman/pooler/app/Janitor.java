package io.pgdoorman.pooler.app;

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
    private final LongSupplier clock;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("janitor").daemon().factory());
    private long retainedNanos;

    Janitor(Reloader reloader, LongSupplier clock) {
        this.reloader = reloader;
        this.clock = clock;
        this.retainedNanos = clock.getAsLong();
    }

    void start() {
        var _ = timer.scheduleWithFixedDelay(this::cycle, 0, 1, TimeUnit.SECONDS);
    }

    private void cycle() {
        try {
            tick(clock.getAsLong());
        } catch (RuntimeException bug) {
            LOG.atError().setMessage("error in the janitor").setCause(bug).log();
        }
    }

    /// Expired idle servers are closed once in `retain_connections_time`, at most `retain_connections_max` over all
    /// pools, so that a whole generation of servers does not end at once.
    private void tick(long now) {
        var retain = reloader.live().config().general().servers().retain();
        boolean due = now - retainedNanos >= retain.period().toNanos();
        int left = 0;
        if (due) {
            retainedNanos = now;
            left = retain.max() == 0 ? Integer.MAX_VALUE : retain.max();
        }
        for (var view : reloader.views()) {
            left -= view.clients().pool().tick(left);
            view.clients().stats().tick(now);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
