package io.pgdoorman.pooler.stats;

/// What the prepared statements of one pool take.
///
/// @param kept statements that the pool remembers, and their bytes
/// @param known names by which clients know statements, and the bytes of these
/// @param unnamed those of the names that are the unnamed statement
public record PreparedSnapshot(Amount kept, Amount known, int unnamed) {

    public record Amount(int count, long bytes) {}

    public int named() {
        return known.count - unnamed;
    }
}
