package io.pgdoorman.pooler.http;

import org.jspecify.annotations.Nullable;

/// A wish to load the configuration file anew.
///
/// @param hash the hash that the file must have; null takes any
/// @param generation the generation that the caller means; null when it knows none
public record ReloadRequest(@Nullable String hash, @Nullable Long generation) {}
