package io.pgdoorman.pooler.server;

/// A pool's notes about one server; guarded by the pool's lock.
public final class PoolSlot {
    /// Where a server is in the pool's books.
    public enum Place {
        NEW,
        IDLE,
        LENT,
        MOVING,
        CHECKED,
        GONE
    }

    private Place place = Place.NEW;
    private long bornNanos;
    private long lifeNanos = Long.MAX_VALUE;
    private long sinceNanos;
    private long usedNanos;
    private long idleLimitNanos = Long.MAX_VALUE;
    private long epoch;
    private boolean served;

    /// Enters the books.
    ///
    /// @param lifeNanos its own lifetime, spread so that servers do not die together
    /// @param idleLimitNanos its own idle limit, spread likewise
    public void born(long nowNanos, long lifeNanos, long idleLimitNanos, long epoch) {
        this.bornNanos = nowNanos;
        this.lifeNanos = lifeNanos;
        this.idleLimitNanos = idleLimitNanos;
        this.epoch = epoch;
        this.sinceNanos = nowNanos;
    }

    public void become(Place next, long nowNanos) {
        if (place == Place.GONE) {
            throw new IllegalStateException("server is gone, cannot become " + next);
        }
        if (next == Place.LENT) {
            served = true;
        }
        if (place == Place.LENT) {
            usedNanos = nowNanos;
        }
        place = next;
        sinceNanos = nowNanos;
    }

    public Place place() {
        return place;
    }

    /// Since when it is in its place.
    public long sinceNanos() {
        return sinceNanos;
    }

    public boolean isExpired(long nowNanos) {
        return nowNanos - bornNanos > lifeNanos;
    }

    /// Idle for too long; only one that served a client counts, so that prewarmed ones stay. A check is no use: it does
    /// not make a server younger.
    public boolean isIdleTooLong(long nowNanos) {
        return served && nowNanos - usedNanos > idleLimitNanos;
    }

    public long epoch() {
        return epoch;
    }

    public long bornNanos() {
        return bornNanos;
    }
}
