package io.pgdoorman.config;

/// When clients that find no idle server get a new one.
///
/// @param warmPoolRatio fill in percent below which a server is connected at once
/// @param fastRetries above it, how long a client waits for a server to come back first; 0 = not at all
public record ScalingConfig(int warmPoolRatio, int fastRetries) {}
