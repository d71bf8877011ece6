package io.pgdoorman.pooler.client;

/// Where a client that has logged in is.
///
/// ```
///            first message that needs PostgreSQL
///   IDLE ─────────────────────────────► WAITING ──lent──► LINKED
///    ▲  ◄──────────── refused ───────────┘                  │
///    └───────────── transaction ended, server given back ◄──┘
///   IDLE ──to another process──► AWAY ──taken──► CLOSING, or back to IDLE
///   any ──client gone, error, drain at a boundary──► CLOSING
/// ```
enum ClientState {
    IDLE(0),
    WAITING(2),
    LINKED(1),
    AWAY(0),
    CLOSING(0);

    private final int activity;

    ClientState(int activity) {
        this.activity = activity;
    }

    /// As `SHOW` counts it: 0 idle, 1 active, 2 waiting.
    int activity() {
        return activity;
    }
}
