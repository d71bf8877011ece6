package io.pgdoorman.pooler.server;

import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.ProcessStats.ConnectPhase;
import java.util.function.LongSupplier;

/// Tells how long each step of one connection took, from the one before it. Belongs to the connection's event loop.
final class ConnectSteps {
    private final ProcessStats stats;
    private final LongSupplier clock;
    private long sinceNanos;
    private boolean connected;

    ConnectSteps(ProcessStats stats, LongSupplier clock) {
        this.stats = stats;
        this.clock = clock;
        this.sinceNanos = clock.getAsLong();
    }

    /// TCP is connected; told by whichever handler sees it first.
    void connected() {
        if (!connected) {
            connected = true;
            passed(ConnectPhase.TCP_CONNECT);
        }
    }

    void passed(ConnectPhase phase) {
        long now = clock.getAsLong();
        stats.connectPhase(phase, now - sinceNanos);
        sinceNanos = now;
    }
}
