package io.pgdoorman.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The listener and the process around it; port 0 lets the system choose, backlog 0 stands for `maxConnections`, no
/// `readOnlyPort` for no such listener, no `syslogName` for a log on standard error.
public record ListenConfig(
        String host,
        int port,
        @Nullable Integer readOnlyPort,
        int backlog,
        int maxConnections,
        Workers workers,
        ShutdownConfig shutdown,
        UnixSocket unix,
        @Nullable List<ServerHost> peers,
        @Nullable String syslogName) {

    /// The event loops, and whether each is tied to a processor.
    public record Workers(int threads, boolean pinned) {}

    /// The additional listener; without a folder there is none.
    public record UnixSocket(@Nullable String folder, int mode) {}

    /// The backlog with its default applied.
    public int effectiveBacklog() {
        return backlog == 0 ? maxConnections : backlog;
    }
}
