package io.pgdoorman.pooler.server;

/// What a server must be for a pool, as libpq's `target_session_attrs` ("Parameter Key Words").
public enum WantedRole {
    ANY("any"),
    READ_WRITE("read-write"),
    READ_ONLY("read-only"),
    PRIMARY("primary"),
    STANDBY("standby"),
    /// A standby, and where there is none any server.
    PREFER_STANDBY("prefer-standby");

    private final String text;

    WantedRole(String text) {
        this.text = text;
    }

    /// Whether this is what is wanted, or wanted most.
    public boolean fits(ServerRole role) {
        return switch (this) {
            case ANY -> true;
            case READ_WRITE -> !role.inRecovery() && !role.readOnly();
            case READ_ONLY -> role.inRecovery() || role.readOnly();
            case PRIMARY -> !role.inRecovery();
            case STANDBY, PREFER_STANDBY -> role.inRecovery();
        };
    }

    /// Whether a server that becomes this, after it was what is wanted, will not do any more. One that began as second
    /// best is kept.
    boolean isLost(boolean inRecovery) {
        return switch (this) {
            case ANY, PREFER_STANDBY -> false;
            case READ_WRITE, PRIMARY -> inRecovery;
            case READ_ONLY, STANDBY -> !inRecovery;
        };
    }

    @Override
    public String toString() {
        return text;
    }
}
