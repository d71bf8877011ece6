package io.pgdoorman.pooler.patroni;

import java.net.URI;
import java.time.Duration;
import java.util.List;

/// The fallback of one database.
///
/// @param urls where Patroni is asked; none switches the fallback off
/// @param times how long each step may take
/// @param cooldown time for which the own server is left alone, and the chosen member kept
/// @param lifetime greatest age of a member's server
public record FallbackSettings(List<URI> urls, Times times, Duration cooldown, Duration lifetime) {
    public static final FallbackSettings OFF = new FallbackSettings(
            List.of(), new Times(Duration.ZERO, Duration.ZERO, Duration.ZERO), Duration.ZERO, Duration.ZERO);

    public FallbackSettings {
        urls = List.copyOf(urls);
    }

    /// @param api one request to Patroni
    /// @param connect one member, from TCP to ReadyForQuery
    /// @param whole all of it, from the first question to a server
    public record Times(Duration api, Duration connect, Duration whole) {}

    boolean isOn() {
        return !urls.isEmpty();
    }
}
