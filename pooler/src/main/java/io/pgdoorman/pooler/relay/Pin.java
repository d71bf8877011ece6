package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.stats.Pins;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/// Whether a client of transaction mode keeps its server beyond the transaction, because of what it left in its
/// session. A pool allows only some, so that those who listen do not take it from those who ask. Belongs to the event
/// loop.
final class Pin {
    /// UNLISTEN tells that one channel is left, not whether it was the last.
    private static final byte[] ANY_CHANNEL =
            "SELECT 1 FROM pg_catalog.pg_listening_channels() LIMIT 1".getBytes(StandardCharsets.US_ASCII);

    private final Supplier<Pinning> rules;
    private final Pins pins;
    private boolean held;
    private boolean isToAsk;
    private boolean keeps;

    /// @param rules the live ones, asked at each boundary
    /// @param pins those of the pool
    Pin(Supplier<Pinning> rules, Pins pins) {
        this.rules = rules;
        this.pins = pins;
    }

    boolean isHeld() {
        return held;
    }

    /// Whether the client has something that no other server knows, so that it is pinned whatever the rules say.
    void keeps(boolean is) {
        keeps = is;
    }

    /// Takes the pin if there is reason for it, or lets it go; at the end of a transaction.
    boolean holds(int dirt) {
        if (!keeps && (dirt & rules.get().dirt()) == 0) {
            release();
            return false;
        }
        return take();
    }

    /// CommandComplete LISTEN.
    ///
    /// @return false when the server should stay with the client and cannot
    boolean listens() {
        return (rules.get().dirt() & Dirt.LISTENS) == 0 || take();
    }

    /// CommandComplete UNLISTEN.
    void unlistens() {
        isToAsk |= held && (rules.get().dirt() & Dirt.LISTENS) != 0;
    }

    private boolean take() {
        held = held || pins.take(most());
        return held;
    }

    /// Whether PostgreSQL is to be asked if a channel is left; told once.
    boolean isToAsk() {
        boolean was = isToAsk;
        isToAsk = false;
        return was;
    }

    byte[] question() {
        return ANY_CHANNEL;
    }

    int most() {
        return rules.get().most();
    }

    void release() {
        isToAsk = false;
        keeps = false;
        if (held) {
            held = false;
            pins.release();
        }
    }
}
