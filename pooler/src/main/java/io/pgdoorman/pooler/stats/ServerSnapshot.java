package io.pgdoorman.pooler.stats;

/// One server as it is now.
///
/// @param id the pooler's own number of the connection
/// @param pid PostgreSQL's process id, 0 while it logs in
/// @param state login, active or idle
/// @param waitsFor what its connection waits for: read, write or idle
public record ServerSnapshot(
        long id,
        int pid,
        String database,
        String user,
        String applicationName,
        boolean tls,
        String state,
        String waitsFor,
        long transactions,
        long queries,
        long bytesSent,
        long bytesReceived,
        long ageSeconds,
        long prepareHits,
        long prepareMisses,
        int prepareSize) {}
