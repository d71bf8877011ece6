package io.pgdoorman.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where PostgreSQL may be found: the hosts in order of preference, the port of those that name none, the database
/// there, and which of the hosts will do.
///
/// @param readOnlyPool name of the pool with servers that are only read; null for none
public record ServerAddress(
        List<ServerHost> hosts,
        int port,
        String database,
        HostChoice choice,
        @Nullable String readOnlyPool) {

    public ServerAddress {
        hosts = List.copyOf(hosts);
    }

    /// Which of several hosts is taken, as libpq's parameters of these names say.
    public record HostChoice(TargetSession target, LoadBalance balance) {}
}
