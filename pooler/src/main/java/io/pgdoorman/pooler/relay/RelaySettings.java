package io.pgdoorman.pooler.relay;

/// How a pool's clients are served.
///
/// @param sessionMode the client keeps its server until it leaves
/// @param mapStatements prepared statements are renamed and shared (transaction mode only)
/// @param syncParameters the server gets the client's settings before its first statement
public record RelaySettings(boolean sessionMode, boolean mapStatements, boolean syncParameters) {
    /// Whether nothing differs.
    boolean isAs(RelaySettings other) {
        return sessionMode == other.sessionMode
                && mapStatements == other.mapStatements
                && syncParameters == other.syncParameters;
    }
}
