package io.pgdoorman.pooler.net;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/// How names become addresses; may change at any time.
///
/// @param maxTtl longest time an answer is believed
/// @param retryAfter time before a name without an answer is asked for again
/// @param keepStale how long the last known addresses stay in use while there is no new answer
/// @param servers name servers to ask; none for those of the system
public record NameSettings(Duration maxTtl, Duration retryAfter, Duration keepStale, List<InetSocketAddress> servers) {
    public static final NameSettings DEFAULT =
            new NameSettings(Duration.ofSeconds(15), Duration.ofSeconds(1), Duration.ofMinutes(5), List.of());

    public NameSettings {
        servers = List.copyOf(servers);
    }
}
