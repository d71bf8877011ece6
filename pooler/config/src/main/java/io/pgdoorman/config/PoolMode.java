package io.pgdoorman.config;

/// How long a client keeps a server.
public enum PoolMode {
    /// For one transaction.
    TRANSACTION,
    /// Until the client leaves.
    SESSION
}
