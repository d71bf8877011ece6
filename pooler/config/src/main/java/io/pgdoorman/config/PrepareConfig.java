package io.pgdoorman.config;

/// Remapping of prepared statements and its cache sizes; client size 0 is unbounded.
public record PrepareConfig(boolean isEnabled, int poolCacheSize, int serverCacheSize) {}
