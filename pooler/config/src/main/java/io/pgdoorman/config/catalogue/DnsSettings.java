package io.pgdoorman.config.catalogue;

import static io.pgdoorman.config.catalogue.Types.bool;
import static io.pgdoorman.config.catalogue.Types.duration;

import io.pgdoorman.config.GeneralConfig;
import io.pgdoorman.config.ServerHost;
import java.time.Duration;
import java.util.List;

/// `general`, the part about names; the keys that PgBouncer has are called as there.
public final class DnsSettings {

    private static final Section<GeneralConfig> S = ListenSettings.S;

    public static final Setting<GeneralConfig, Duration> DNS_MAX_TTL = S.hot(
                    "dns_max_ttl", duration(Duration.ofSeconds(1)))
            .orElse(Duration.ofSeconds(15))
            .acts(
                    g -> g.dns().maxTtl(),
                    "Longest time an address is believed; a shorter TTL of the answer holds, from one second up.");
    public static final Setting<GeneralConfig, Duration> DNS_NXDOMAIN_TTL = S.hot(
                    "dns_nxdomain_ttl", duration(Duration.ofMillis(100)))
            .orElse(Duration.ofSeconds(1))
            .acts(g -> g.dns().nxdomainTtl(), "Time before a name that led nowhere is asked for again.");
    public static final Setting<GeneralConfig, Duration> DNS_KEEP_STALE = S.hot(
                    "dns_keep_stale", duration(Duration.ZERO))
            .orElse(Duration.ofMinutes(5))
            .acts(
                    g -> g.dns().keepStale(),
                    "How long the last known addresses stay in use while name servers fail or know the name no more.");
    public static final Setting<GeneralConfig, List<ServerHost>> DNS_SERVERS = S.hot(
                    "dns_servers", new NameServersType())
            .orElse(List.of())
            .acts(
                    g -> g.dns().servers(),
                    "Name servers as address or address:port; the system's own if there are none.");
    public static final Setting<GeneralConfig, Boolean> DNS_RETIRE_SERVERS = S.hot("dns_retire_servers", bool())
            .orElse(true)
            .acts(
                    g -> g.dns().retireServers(),
                    "Gives up servers whose address vanished from their host's name; off for names that lead to another"
                            + " part of their addresses each time.");

    private DnsSettings() {}

    /// The section is complete once this class is initialised too.
    static void load() {}
}
