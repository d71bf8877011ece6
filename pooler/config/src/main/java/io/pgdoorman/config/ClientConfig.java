package io.pgdoorman.config;

import java.time.Duration;

/// What a client connection obeys; [#timeouts()] and [#caps()] are what pools inherit.
///
/// @param maxPerAddress most clients at once from one address; 0 = no limit
public record ClientConfig(
        Duration loginTimeout, ClientTimeouts timeouts, ClientCaps caps, int maxPerAddress, LogClients logs) {

    /// Which of their comings and goings are logged.
    public record LogClients(boolean connections, boolean disconnections) {}
}
