package io.pgdoorman.config;

import java.time.Duration;
import java.util.List;

/// How names of servers become addresses.
///
/// @param maxTtl longest time an answer is believed
/// @param nxdomainTtl time before a name without an answer is asked for again
/// @param keepStale how long the last known addresses stay in use while names cannot be resolved
/// @param servers name servers to ask; none for those of the system
/// @param retireServers whether servers of an address that vanished from the answer are given up
public record DnsConfig(
        Duration maxTtl, Duration nxdomainTtl, Duration keepStale, List<ServerHost> servers, boolean retireServers) {

    public DnsConfig {
        servers = List.copyOf(servers);
    }
}
