package io.pgdoorman.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Where servers come from while nobody answers at `server_host`.
///
/// @param urls Patroni's REST endpoints; none = no fallback
/// @param authorities whose certificates its endpoints have; absent for those that Java knows
/// @param lifetime greatest age of a server of another member; absent as the cooldown
public record PatroniConfig(
        List<String> urls,
        Optional<Path> authorities,
        Duration apiTimeout,
        Duration cooldown,
        Duration connectTimeout,
        Optional<Duration> lifetime) {

    public PatroniConfig {
        urls = List.copyOf(urls);
    }

    /// The lifetime that holds.
    public Duration effectiveLifetime() {
        return lifetime.orElse(cooldown);
    }
}
