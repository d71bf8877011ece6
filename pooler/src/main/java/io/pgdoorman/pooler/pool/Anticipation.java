package io.pgdoorman.pooler.pool;

/// How long a client waits for a server to come back before one more is connected for it.
///
/// Waiting twice as long as a connect takes costs at most three times what connecting at once would; waiting
/// twice as long as nearly all leases take finds a server in nearly every case. The shorter of both is used: so
/// a burst of short transactions does not make PostgreSQL start processes, and clients behind long ones hardly
/// wait. Guarded by the pool's lock.
final class Anticipation {
    private static final long COLD_NANOS = 50_000_000;
    private static final long MIN_NANOS = 5_000_000;
    private static final long MAX_NANOS = 500_000_000;

    /// The patience that stands for twice the expected time.
    private static final int USUAL_PATIENCE = 10;

    private final LeaseTimes leases = new LeaseTimes();
    private long connectNanos;

    void leaseEnded(long nanos) {
        leases.add(nanos);
    }

    void connected(long nanos) {
        connectNanos = connectNanos == 0 ? nanos : connectNanos + (nanos - connectNanos) / 8;
    }

    /// What 95 of 100 leases did not exceed lately.
    long leaseP95Nanos() {
        return leases.percentile(95);
    }

    long budgetNanos(PoolSettings settings) {
        int patience = settings.growth().patience();
        if (patience == 0) {
            return 0;
        }
        long wait = Math.min(MAX_NANOS, expectedNanos()) * 2 / USUAL_PATIENCE * patience;
        long bounded = Math.clamp(wait, MIN_NANOS, MAX_NANOS);
        return Math.min(bounded, settings.waitTimeout().toNanos() / 2);
    }

    private long expectedNanos() {
        long lease = leases.percentile(99);
        if (lease == 0 && connectNanos == 0) {
            return COLD_NANOS;
        }
        if (lease == 0 || connectNanos == 0) {
            return Math.max(lease, connectNanos);
        }
        return Math.min(lease, connectNanos);
    }
}
