package io.pgdoorman.config;

/// Session state that may keep a server with its client in transaction mode.
public enum PinReason {
    LISTEN,
    TEMP_TABLES,
    HOLD_CURSORS,
    ADVISORY_LOCKS,
    PREPARED_STATEMENTS
}
