package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBufAllocator;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.stats.Pins;
import java.util.ArrayDeque;
import java.util.function.Supplier;

/// Relays of one pool on one event loop that have no client just now: there are never more than leases at once. Belongs
/// to that loop.
///
/// All count what was asked of servers in one row of numbers, so that a place that a client remembers of an earlier
/// lease is past in the next, whichever relay that has.
public final class RelayShelf {
    private final StatementCache cache;
    private final Supplier<Pinning> pinning;
    private final Pins pins;
    private final ArrayDeque<Relay> relays = new ArrayDeque<>(2);
    private long place;

    /// @param cache of the pool on this loop
    /// @param pinning what keeps a client's server, asked at each boundary
    /// @param pins those of the pool
    public RelayShelf(StatementCache cache, Supplier<Pinning> pinning, Pins pins) {
        this.cache = cache;
        this.pinning = pinning;
        this.pins = pins;
    }

    StatementCache cache() {
        return cache;
    }

    /// The one that was put back last, which the processor has at hand, or a new one.
    Relay take(RelaySettings settings, ByteBufAllocator allocator) {
        var relay = relays.pollLast();
        if (relay == null || !relay.settings().isAs(settings)) { // a reload changed them
            relay = new Relay(this, settings, new Pin(pinning, pins), allocator);
        }
        relay.ledger().goOnFrom(place);
        return relay;
    }

    /// Its lease ended well.
    void put(Relay relay) {
        place = Math.max(place, relay.ledger().headPlace());
        relays.addLast(relay);
    }
}
