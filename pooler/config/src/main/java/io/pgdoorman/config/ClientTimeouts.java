package io.pgdoorman.config;

import java.time.Duration;

/// The time that a client is given; zero switches a limit off. Pools inherit from `general`, users from their pool.
public record ClientTimeouts(Waiting waiting, Duration idle, InTransaction inTransaction) {

    /// For a server.
    ///
    /// @param limit after which the client is refused
    /// @param notice after which it is told that it waits
    public record Waiting(Duration limit, Duration notice) {}

    /// While it holds a server.
    ///
    /// @param idle between the messages of a transaction
    /// @param whole for the transaction
    /// @param query for one query
    public record InTransaction(Duration idle, Duration whole, Duration query) {}
}
