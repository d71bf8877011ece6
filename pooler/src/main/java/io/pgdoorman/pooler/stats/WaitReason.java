package io.pgdoorman.pooler.stats;

import java.util.Locale;

/// For what a client began to wait that found no server at once.
public enum WaitReason {
    /// The pool is paused.
    PAUSED,
    /// An idle server lives on another event loop and moves.
    MOVE,
    /// An idle server is asked for a sign of life first.
    CHECK,
    /// A server is connected.
    CONNECT,
    /// A server would be connected, but others of the database need a permit too.
    CAP,
    /// As many servers as may are being connected.
    GATE,
    /// The pool is as large as it may be.
    FULL,
    /// A server should come back sooner than one could be connected.
    RETURN;

    /// As metrics have it.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
