package io.pgdoorman.pooler.stats;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A certificate in use.
///
/// @param role `client` is shown to clients, `client_ca` signs theirs
/// @param serial in hexadecimal digits
/// @param fault why newer files are not in use; null when these are the newest
public record CertificateSnapshot(
        String role,
        String file,
        String subject,
        String issuer,
        String serial,
        Instant validFrom,
        Instant validUntil,
        @Nullable String fault) {}
