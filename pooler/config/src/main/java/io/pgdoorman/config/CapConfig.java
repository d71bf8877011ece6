package io.pgdoorman.config;

import java.time.Duration;

/// The cap on the servers of a database over all its users.
///
/// @param max most servers, 0 = no cap
/// @param minConnectionLifetime age before a server may be taken from another user
/// @param guaranteed servers of each user that are not taken
public record CapConfig(int max, Duration minConnectionLifetime, Reserve reserve, int guaranteed) {
    /// Servers beyond the cap, and how long a client waits for a permit at most.
    public record Reserve(int size, Duration timeout) {}
}
