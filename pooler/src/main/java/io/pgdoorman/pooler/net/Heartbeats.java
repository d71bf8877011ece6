package io.pgdoorman.pooler.net;

import io.pgdoorman.pooler.stats.LatencyHistogram;
import io.pgdoorman.pooler.stats.LoopSnapshot;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/// Tells of each event loop whether it turns, and how late it is: a small task that it gives itself again. Who asks, a
/// scrape or a probe, reads what the loops left and takes no time from them.
public final class Heartbeats {
    /// Four a second cost a loop next to nothing; a stall of that length is seen for certain.
    private static final long PERIOD_NANOS = 250_000_000;

    private final LongSupplier clock;
    private final List<Heart> hearts;
    private final List<Heart> ofDoors;

    /// @param clock nanoseconds
    public Heartbeats(Loops loops, LongSupplier clock) {
        this.clock = clock;
        this.hearts = loops.all().stream().map(Heart::new).toList();
        this.ofDoors = loops.doorLoops().stream().map(Heart::new).toList();
    }

    public void start() {
        hearts.forEach(heart -> heart.loop.run(heart::begin));
        ofDoors.forEach(heart -> heart.loop.run(heart::begin));
    }

    /// Whether each loop turned within this time.
    public boolean allWithin(long nanos) {
        long now = clock.getAsLong();
        return Stream.concat(hearts.stream(), ofDoors.stream()).allMatch(heart -> now - heart.lastNanos <= nanos);
    }

    /// Of the data path.
    public List<LoopSnapshot> snapshots() {
        return hearts.stream().map(Heart::snapshot).toList();
    }

    /// Share of their time that all loops of the data path together were on a processor lately, 0 to 1.
    public double utilisation() {
        return hearts.stream()
                .mapToDouble(heart -> heart.utilisation.share())
                .average()
                .orElse(0);
    }

    private static long cpu(long threadId) {
        return ManagementFactory.getThreadMXBean().getThreadCpuTime(threadId);
    }

    /// Of one loop, which alone writes here.
    private final class Heart {
        private final Loop loop;
        private final LatencyHistogram lags = new LatencyHistogram();
        private long dueNanos;
        private volatile long lastNanos = clock.getAsLong();
        private volatile long threadId = -1;
        private final Utilisation utilisation = new Utilisation();

        private Heart(Loop loop) {
            this.loop = loop;
        }

        private void begin() {
            threadId = Thread.currentThread().threadId();
            utilisation.add(0, cpu(threadId));
            arm(clock.getAsLong());
        }

        private void arm(long now) {
            lastNanos = now;
            dueNanos = now + PERIOD_NANOS;
            loop.later(this::beat, PERIOD_NANOS);
        }

        private void beat() {
            long now = clock.getAsLong();
            lags.add(now - dueNanos);
            utilisation.add(now - lastNanos, cpu(threadId));
            arm(now);
        }

        private LoopSnapshot snapshot() {
            long thread = threadId;
            return new LoopSnapshot(loop.index(), lags.latencies(), thread < 0 ? -1 : cpu(thread), utilisation.share());
        }
    }
}
