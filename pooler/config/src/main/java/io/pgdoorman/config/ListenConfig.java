package io.pgdoorman.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The listener and the process around it; port 0 lets the system choose, backlog 0 stands for `maxConnections`.
public record ListenConfig(
        String host,
        int port,
        int backlog,
        int maxConnections,
        int workerThreads,
        Duration shutdownTimeout,
        UnixSocket unix) {

    /// The additional listener; without a folder there is none.
    public record UnixSocket(@Nullable String folder, int mode) {}

    /// The backlog with its default applied.
    public int effectiveBacklog() {
        return backlog == 0 ? maxConnections : backlog;
    }
}
