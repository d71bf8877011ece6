package io.pgdoorman.config;

/// What a server must be for a pool to use it, in libpq's words (`target_session_attrs`).
public enum TargetSession {
    ANY,
    READ_WRITE,
    READ_ONLY,
    PRIMARY,
    STANDBY,
    PREFER_STANDBY
}
