package io.pgdoorman.config;

import java.time.Duration;

/// The listener and the process around it; port 0 lets the system choose, backlog 0 stands for `maxConnections`.
public record ListenConfig(
        String host, int port, int backlog, int maxConnections, int workerThreads, Duration shutdownTimeout) {

    /// The backlog with its default applied.
    public int effectiveBacklog() {
        return backlog == 0 ? maxConnections : backlog;
    }
}
