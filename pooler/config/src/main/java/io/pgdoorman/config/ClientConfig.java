package io.pgdoorman.config;

import java.time.Duration;

/// What a client connection obeys; [#timeouts()] and [#caps()] are what pools inherit.
///
/// @param maxMemory of messages that cannot go on yet; 0 = no limit
/// @param maxPerAddress most clients at once from one address; 0 = no limit
public record ClientConfig(
        Duration loginTimeout,
        ClientTimeouts timeouts,
        ClientCaps caps,
        int maxPerAddress,
        ByteSize maxMemory,
        LogClients logs) {

    /// Which of their comings and goings are logged.
    public record LogClients(boolean connections, boolean disconnections) {}
}
