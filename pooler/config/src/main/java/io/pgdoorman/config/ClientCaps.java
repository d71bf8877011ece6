package io.pgdoorman.config;

/// Most clients at once; zero switches a cap off.
///
/// @param perDatabase of one pool, whoever they are
/// @param perUser of one user of one pool
public record ClientCaps(int perDatabase, int perUser) {}
