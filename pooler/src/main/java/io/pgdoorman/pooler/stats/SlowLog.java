package io.pgdoorman.pooler.stats;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the log of waits and queries that took long, without what they asked: at most ten lines a second, those beyond
/// are counted and told with the next line. Safe for all threads; costs a comparison where nothing is slow.
public final class SlowLog {
    private static final Logger LOG = LoggerFactory.getLogger("slow");
    private static final int MOST_PER_SECOND = 10;
    private static final long SECOND_NANOS = 1_000_000_000;

    private final LongSupplier clock;

    /// Seconds in the upper bits, lines of that second in the lower ones.
    private final AtomicLong spent = new AtomicLong();

    private final AtomicLong left = new AtomicLong();
    private volatile long slowWaitNanos = Long.MAX_VALUE;
    private volatile long slowQueryNanos = Long.MAX_VALUE;

    /// @param clock nanoseconds
    public SlowLog(LongSupplier clock) {
        this.clock = clock;
    }

    /// From when on something is slow; 0 = nothing is.
    public void limits(long waitNanos, long queryNanos) {
        slowWaitNanos = waitNanos == 0 ? Long.MAX_VALUE : waitNanos;
        slowQueryNanos = queryNanos == 0 ? Long.MAX_VALUE : queryNanos;
    }

    /// @param client its number, as in SHOW CLIENTS
    public void waited(PoolStats pool, long client, long nanos) {
        if (nanos >= slowWaitNanos) {
            tell("slow checkout: a client waited long for a server", pool, client, nanos);
        }
    }

    /// @param client its number, as in SHOW CLIENTS
    public void queried(PoolStats pool, long client, long nanos) {
        if (nanos >= slowQueryNanos) {
            tell("slow query", pool, client, nanos);
        }
    }

    private void tell(String message, PoolStats pool, long client, long nanos) {
        if (!mayTell()) {
            left.incrementAndGet();
            return;
        }
        LOG.atWarn()
                .setMessage(message)
                .addKeyValue("client", client)
                .addKeyValue("database", pool.database())
                .addKeyValue("user", pool.user())
                .addKeyValue("elapsedMs", nanos / 1_000_000)
                .addKeyValue("suppressed", left.getAndSet(0))
                .log();
    }

    private boolean mayTell() {
        long second = Math.floorDiv(clock.getAsLong(), SECOND_NANOS) << 8;
        long lines = spent.updateAndGet(
                before -> (before & ~0xFFL) == second ? Math.min(before + 1, second | 0xFF) : second + 1);
        return (lines & 0xFF) <= MOST_PER_SECOND;
    }
}
