package io.pgdoorman.pooler.tls;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Spreads handshakes over time, so that a storm of logins leaves the processor to those who are in: each
/// one gets the next free slot. Any thread.
public final class HandshakeGate {
    private final AtomicLong nextNanos = new AtomicLong(Long.MIN_VALUE);

    /// When this handshake may begin, in nanoseconds from now; 0 for at once.
    ///
    /// @param perSecond most handshakes in a second; 0 = no limit
    public long waitNanos(long now, int perSecond) {
        if (perSecond == 0) {
            return 0;
        }
        long step = TimeUnit.SECONDS.toNanos(1) / perSecond;
        // a tenth of a second may come at once
        long credit = now - TimeUnit.MILLISECONDS.toNanos(100);
        long slot = nextNanos.accumulateAndGet(credit, (next, earliest) -> Math.max(next, earliest) + step) - step;
        return Math.max(0, slot - now);
    }
}
