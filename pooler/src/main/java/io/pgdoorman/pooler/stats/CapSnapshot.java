package io.pgdoorman.pooler.stats;

/// The cap on the servers of one database as it is now.
///
/// @param servers that have a permit, those of the reserve included
/// @param max 0 = no cap
/// @param evictions servers that had to end for another user, since the start
/// @param reserveGrants how often a permit of the reserve was given
/// @param denials how often somebody got no permit in time
public record CapSnapshot(
        String database, int servers, int max, int reserve, long evictions, long reserveGrants, long denials) {
    /// Permits of the reserve that are taken.
    public int reserveUsed() {
        return Math.max(0, servers - max);
    }
}
