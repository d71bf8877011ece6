package io.pgdoorman.pooler.stats;

import org.jspecify.annotations.Nullable;

/// The public keys of one issuer of tokens.
///
/// @param source file or URL
/// @param count keys in use
/// @param fault why newer ones are not in use; null when these are the newest
public record TokenKeysSnapshot(
        String source, int count, @Nullable String fault) {}
