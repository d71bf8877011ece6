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
    private double lifeSpread = 1;
    private double idleSpread = 1;
    private long sinceNanos;
    private long usedNanos;
    private long epoch;
    private boolean served;
    private boolean aging;
    private boolean permitted;

    /// Enters the books.
    ///
    /// @param lifeSpread what its own lifetime is of the pool's, so that servers do not die together
    /// @param idleSpread what its own idle limit is of the pool's
    public void born(long nowNanos, double lifeSpread, double idleSpread, long epoch) {
        this.bornNanos = nowNanos;
        this.lifeSpread = lifeSpread;
        this.idleSpread = idleSpread;
        this.epoch = epoch;
        this.sinceNanos = nowNanos;
        this.permitted = true;
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

    /// Whether it is older than its own share of this lifetime; 0 means for ever.
    public boolean isOlderThan(long lifetimeNanos, long nowNanos) {
        return lifetimeNanos > 0 && nowNanos - bornNanos > (long) (lifetimeNanos * lifeSpread);
    }

    /// Idle for too long; only one that served a client counts, so that prewarmed ones stay. A check is no use:
    /// it does not make a server younger. A limit of 0 means never.
    public boolean isIdleTooLong(long limitNanos, long nowNanos) {
        return limitNanos > 0 && served && nowNanos - usedNanos > (long) (limitNanos * idleSpread);
    }

    public long epoch() {
        return epoch;
    }

    public long bornNanos() {
        return bornNanos;
    }

    /// Near the end of its life, so that a successor was ordered.
    public boolean isAging() {
        return aging;
    }

    public void age() {
        aging = true;
    }

    /// Gives up the permit that a server holds until its connection is gone.
    ///
    /// @return false when that was done before
    public boolean takePermit() {
        boolean had = permitted;
        permitted = false;
        return had;
    }
}
