package io.pgdoorman.pooler.stats;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A user whose previous password counts beside the present one.
///
/// @param until null for as long as the configuration has it
public record PreviousPasswordSnapshot(
        String database, String user, @Nullable Instant until, PreviousLogins logins) {}
