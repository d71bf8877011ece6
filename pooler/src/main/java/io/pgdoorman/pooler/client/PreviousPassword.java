package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.auth.Verifier;
import io.pgdoorman.pooler.stats.PreviousLogins;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// The password that a user had before, as long as it counts beside the present one.
///
/// @param until null for as long as the configuration has it
/// @param logins that were made with it
public record PreviousPassword(Verifier verifier, @Nullable Instant until, InstantSource clock, PreviousLogins logins) {
    boolean counts() {
        return until == null || clock.instant().isBefore(until);
    }

    /// Somebody came in by it.
    void used() {
        logins.happened(clock.instant());
    }
}
