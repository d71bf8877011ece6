package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.session.Dirt;
import java.nio.charset.StandardCharsets;

/// Whether a client of transaction mode keeps its server beyond the transaction, because of what it left in its
/// session. A pool allows only some, so that those who listen do not take it from those who ask. Belongs to the event
/// loop.
final class Pin {
    /// UNLISTEN tells that one channel is left, not whether it was the last.
    private static final byte[] ANY_CHANNEL =
            "SELECT 1 FROM pg_catalog.pg_listening_channels() LIMIT 1".getBytes(StandardCharsets.US_ASCII);

    private final Pinning rules;
    private boolean held;
    private boolean isToAsk;

    Pin(Pinning rules) {
        this.rules = rules;
    }

    boolean isHeld() {
        return held;
    }

    /// Takes the pin if there is reason for it, or lets it go; at the end of a transaction.
    boolean holds(int dirt) {
        if ((dirt & rules.dirt()) == 0) {
            release();
            return false;
        }
        return take();
    }

    /// CommandComplete LISTEN.
    ///
    /// @return false when the server should stay with the client and cannot
    boolean listens() {
        return (rules.dirt() & Dirt.LISTENS) == 0 || take();
    }

    /// CommandComplete UNLISTEN.
    void unlistens() {
        isToAsk |= held && (rules.dirt() & Dirt.LISTENS) != 0;
    }

    private boolean take() {
        held = held || rules.pins().take(rules.most());
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
        return rules.most();
    }

    void release() {
        isToAsk = false;
        if (held) {
            held = false;
            rules.pins().release();
        }
    }
}
