package io.pgdoorman.pooler.stats;

/// One client as it is now.
///
/// @param state idle, active or waiting
/// @param waitsFor what its connection waits for: read, write or idle
public record ClientSnapshot(
        long id,
        String database,
        String user,
        String applicationName,
        String address,
        boolean tls,
        String state,
        String waitsFor,
        long transactions,
        long queries,
        long errors,
        long ageSeconds) {}
