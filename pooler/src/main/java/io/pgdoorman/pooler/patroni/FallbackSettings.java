package io.pgdoorman.pooler.patroni;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The fallback of one database.
///
/// @param apis where Patroni is asked; none switches the fallback off
/// @param times how long each step may take
/// @param cooldown time for which the own server is left alone, and the chosen member kept
/// @param lifetime greatest age of a member's server
public record FallbackSettings(Apis apis, Times times, Duration cooldown, Duration lifetime) {
    public static final FallbackSettings OFF = new FallbackSettings(
            new Apis(List.of(), null),
            new Times(Duration.ZERO, Duration.ZERO, Duration.ZERO),
            Duration.ZERO,
            Duration.ZERO);

    /// The endpoints of one cluster.
    ///
    /// @param authorities file with those of the certificates behind https; null for those that Java knows
    public record Apis(List<URI> urls, @Nullable Path authorities) {
        public Apis {
            urls = List.copyOf(urls);
        }
    }

    /// @param api one request to Patroni
    /// @param connect one member, from TCP to ReadyForQuery
    /// @param whole all of it, from the first question to a server
    public record Times(Duration api, Duration connect, Duration whole) {}

    boolean isOn() {
        return !apis.urls().isEmpty();
    }
}
