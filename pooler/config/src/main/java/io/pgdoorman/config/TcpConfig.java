package io.pgdoorman.config;

import java.time.Duration;

/// Socket options of client and server connections; zero leaves the choice to the system (but linger 0 resets).
public record TcpConfig(
        Keepalive keepalive,
        boolean noDelay,
        Duration userTimeout,
        ByteSize socketBufferSize,
        ByteSize unixSocketBufferSize) {

    /// Keepalive probes.
    public record Keepalive(Duration idle, Duration interval, int count) {}
}
