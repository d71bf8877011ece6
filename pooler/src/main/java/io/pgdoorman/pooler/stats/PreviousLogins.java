package io.pgdoorman.pooler.stats;

import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Logins with a password that is to end. Safe for all threads.
public final class PreviousLogins {
    private final LongAdder count = new LongAdder();
    private volatile @Nullable Instant last;

    public void happened(Instant now) {
        count.increment();
        last = now;
    }

    public long count() {
        return count.sum();
    }

    /// Null when there was none.
    public @Nullable Instant last() {
        return last;
    }
}
