package io.pgdoorman.pooler.relay;

/// What keeps a client's server in transaction mode beyond its transaction.
///
/// @param dirt the kinds of dirt that do, in the bits of Dirt; 0 = none
/// @param most servers of the pool that may be pinned at once
public record Pinning(int dirt, int most) {
    public static final Pinning NONE = new Pinning(0, 0);
}
