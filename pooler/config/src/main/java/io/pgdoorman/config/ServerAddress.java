package io.pgdoorman.config;

import java.util.List;

/// Where PostgreSQL may be found: the hosts in order of preference, the port of those that name none, the database
/// there, and which of the hosts will do.
public record ServerAddress(List<ServerHost> hosts, int port, String database, HostChoice choice) {

    public ServerAddress {
        hosts = List.copyOf(hosts);
    }

    /// Which of several hosts is taken, as libpq's parameters of these names say.
    public record HostChoice(TargetSession target, LoadBalance balance) {}
}
