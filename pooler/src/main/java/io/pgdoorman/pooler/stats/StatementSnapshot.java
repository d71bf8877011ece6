package io.pgdoorman.pooler.stats;

/// A prepared statement that the pooler keeps for the clients of one pool on one event loop.
///
/// @param name by which servers know it
/// @param hash of its text and parameter types
/// @param bytes of both
/// @param uses how often clients have prepared it
/// @param idleMillis how long nobody has prepared or run it, to the second
/// @param named whether a client knows it by a name, and not only as the unnamed statement
public record StatementSnapshot(
        String database,
        String user,
        String name,
        String hash,
        String query,
        int bytes,
        long uses,
        long idleMillis,
        boolean named) {}
