package io.pgdoorman.pooler.stats;

/// Figures of one pool over the last seconds.
///
/// @param seconds how long the figures were taken over; 0 before the first tick, and then they are those since the
/// start
public record PoolRecent(double seconds, PoolTotals totals) {

    /// An amount of these seconds as a rate, rounded down as PgBouncer does; 0 before the first tick.
    public long perSecond(long amount) {
        return seconds == 0 ? 0 : (long) (amount / seconds);
    }
}
