package io.pgdoorman.operator.app;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A Lease that was renewed when this process saw that it had been, and not when its holder says: clocks of nodes need
/// not agree.
///
/// fabric8's elector compares the holder's time with its own. A leader whose clock is half an hour ahead would have no
/// successor for so long, and a candidate whose clock is ahead would depose a leader that is well. Elections of Go take
/// the time of the observation, too (client-go, `leaderelection/doc.go`); who starts waits a whole lease for a holder
/// that it does not know.
///
/// Guarded by its own monitor.
final class ObservedLease implements Lock {

    private final Lock lease;
    private final LongSupplier nanos;
    private final Supplier<ZonedDateTime> now;
    private @Nullable LeaderElectionRecord seen;
    private long seenNanos;

    /// @param nanos a clock that nobody sets
    /// @param now the clock that the elector looks at
    ObservedLease(Lock lease, LongSupplier nanos, Supplier<ZonedDateTime> now) {
        this.lease = lease;
        this.nanos = nanos;
        this.now = now;
    }

    @Override
    public synchronized @Nullable LeaderElectionRecord get(KubernetesClient client) {
        var live = lease.get(client);
        if (live == null) {
            return null;
        }
        if (!isSeen(live)) {
            seen = live;
            seenNanos = nanos.getAsLong();
        }
        return live.toBuilder()
                .renewTime(now.get().minus(Duration.ofNanos(nanos.getAsLong() - seenNanos)))
                .build();
    }

    private boolean isSeen(LeaderElectionRecord live) {
        return seen != null
                && Objects.equals(seen.getHolderIdentity(), live.getHolderIdentity())
                && Objects.equals(seen.getRenewTime(), live.getRenewTime())
                && seen.getLeaderTransitions() == live.getLeaderTransitions();
    }

    @Override
    public void create(KubernetesClient client, LeaderElectionRecord first) {
        lease.create(client, first);
    }

    @Override
    public void update(KubernetesClient client, LeaderElectionRecord next) {
        lease.update(client, next);
    }

    @Override
    public String identity() {
        return lease.identity();
    }

    @Override
    public String describe() {
        return lease.describe();
    }
}
