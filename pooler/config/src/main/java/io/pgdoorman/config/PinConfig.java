package io.pgdoorman.config;

import java.util.List;

/// Which session state keeps a server with its client in transaction mode, and how many servers of a user it may keep.
public record PinConfig(List<PinReason> on, int maxServers) {
    public PinConfig {
        on = List.copyOf(on);
    }
}
