package io.pgdoorman.pooler.stats;

/// The cap on the servers of one database as it is now.
///
/// @param servers that have a permit, those of the reserve included
/// @param max 0 = no cap
public record CapSnapshot(String database, int servers, int max, int reserve) {}
