package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.stats.WaitReason;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// Why a pool did or did not connect servers, since the beginning. Any thread.
public final class GrowthEvents {
    private final LongAdder started = new LongAdder();
    private final LongAdder gateWaits = new LongAdder();
    private final LongAdder deferred = new LongAdder();
    private final LongAdder handedOver = new LongAdder();
    private final LongAdder impatient = new LongAdder();
    private final LongAdder outwaited = new LongAdder();
    private final LongAdder outwaitedAtGate = new LongAdder();
    private final Map<WaitReason, LongAdder> waits = new EnumMap<>(WaitReason.class);

    GrowthEvents() {
        for (var reason : WaitReason.values()) {
            waits.put(reason, new LongAdder());
        }
    }

    /// A client began to wait.
    void waits(WaitReason reason) {
        var count = waits.get(reason);
        if (count != null) {
            count.increment();
        }
    }

    /// How many clients began to wait, by what for.
    public Map<WaitReason, Long> waits() {
        var counts = new EnumMap<WaitReason, Long>(WaitReason.class);
        waits.forEach((reason, count) -> counts.put(reason, count.sum()));
        return counts;
    }

    /// So many connects were begun.
    void started(int connects) {
        started.add(connects);
    }

    /// As many connects as may are under way.
    ///
    /// @param clientsWait whether clients are left without one
    /// @param belowMinimum whether the pool has fewer servers than it should keep
    void gated(boolean clientsWait, boolean belowMinimum) {
        if (clientsWait) {
            gateWaits.increment();
        }
        if (belowMinimum) {
            deferred.increment();
        }
    }

    /// A server that came back went to a client that waited.
    void handedOver() {
        handedOver.increment();
    }

    /// So many clients waited for longer than a server should need to come back.
    void impatient(int clients) {
        impatient.add(clients);
    }

    /// A client waited for longer than a server should need to come back.
    ///
    /// @param gated whether it had found as many connects under way as may
    void outwaited(boolean gated) {
        (gated ? outwaitedAtGate : outwaited).increment();
    }

    public long connectsStarted() {
        return started.sum();
    }

    /// How often clients found as many connects under way as may.
    public long gateWaits() {
        return gateWaits.sum();
    }

    /// How often servers of the minimum had to wait for other connects.
    public long minimumDeferred() {
        return deferred.sum();
    }

    public long handovers() {
        return handedOver.sum();
    }

    /// Clients that were to get a server that comes back, and waited for longer than one should need to.
    public long outwaited() {
        return outwaited.sum();
    }

    /// Likewise, of clients that had found as many connects under way as may.
    public long outwaitedAtGate() {
        return outwaitedAtGate.sum();
    }

    /// Connects for clients that would not wait longer.
    public long impatientConnects() {
        return impatient.sum();
    }
}
