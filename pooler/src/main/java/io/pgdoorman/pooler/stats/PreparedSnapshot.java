package io.pgdoorman.pooler.stats;

/// What the prepared statements of one pool take.
///
/// @param kept statements that the pool remembers, and their bytes
/// @param known names by which clients know statements, and the bytes of these
/// @param unnamed those of the names that are the unnamed statement
public record PreparedSnapshot(String database, String user, Amount kept, Amount known, int unnamed) {

    public record Amount(int count, long bytes) {
        Amount plus(Amount more) {
            return new Amount(count + more.count, bytes + more.bytes);
        }
    }

    /// Both together; of the same pool.
    public PreparedSnapshot plus(PreparedSnapshot more) {
        return new PreparedSnapshot(
                database, user, kept.plus(more.kept), known.plus(more.known), unnamed + more.unnamed);
    }
}
