package io.pgdoorman.pooler.admin;

import org.jspecify.annotations.Nullable;

/// The process as the console shows it.
///
/// @param state starting, ready or draining
/// @param configHash hash of the live configuration
/// @param configGeneration null when nobody told one
public record ProcessView(
        String version,
        String state,
        String configHash,
        @Nullable Long configGeneration) {}
