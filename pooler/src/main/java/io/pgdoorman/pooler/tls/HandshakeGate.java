package io.pgdoorman.pooler.tls;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Spreads handshakes over time, so that a storm of logins leaves the processor to those who are in: each
/// one gets the next free slot. Any thread.
public final class HandshakeGate {
    private final AtomicLong nextNanos = new AtomicLong(Long.MIN_VALUE);

    /// Its turn would come later than it can wait.
    public static final long TOO_LATE = -1;

    /// When this handshake may begin, in nanoseconds from now; 0 for at once. Who cannot wait so long takes no slot:
    /// else a storm that is over would keep others out for as long as it had lasted.
    ///
    /// @param perSecond most handshakes in a second; 0 = no limit
    /// @param mostNanos how long it can wait
    /// @return or [#TOO_LATE]
    public long waitNanos(long now, int perSecond, long mostNanos) {
        if (perSecond == 0) {
            return 0;
        }
        long step = TimeUnit.SECONDS.toNanos(1) / perSecond;
        // a tenth of a second may come at once
        long credit = now - TimeUnit.MILLISECONDS.toNanos(100);
        while (true) {
            long next = nextNanos.get();
            long slot = Math.max(next, credit);
            if (slot - now > mostNanos) {
                return TOO_LATE;
            }
            if (nextNanos.compareAndSet(next, slot + step)) {
                return Math.max(0, slot - now);
            }
        }
    }
}
