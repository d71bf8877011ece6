package io.pgdoorman.pooler.pool;

/// Whether clients wait again and again for servers that come back, each too shortly for one more to be
/// connected for it.
///
/// A pool of half the servers that it may have does the same work then, but its clients wait, and its servers
/// are passed on from loop to loop: with 40 clients, 17 of 40 servers and two loops a third of the leases began
/// with a move, and a transaction cost a seventh more. Guarded by the pool's lock.
final class Pressure {
    /// One in so many found no server on its loop.
    private static final int SHARE = 16;

    /// Fewer of them in a look are no load.
    private static final int FEWEST = 20;

    /// A burst is over by then.
    private static final int LOOKS = 3;

    private int found;
    private int waited;
    private int looks;

    /// A client asked, and a server of its loop was idle.
    void found() {
        found++;
    }

    /// A client asked, and waits for a server that comes back or comes from another loop.
    void waits() {
        waited++;
    }

    /// To be asked once a second: whether it has been so for some seconds.
    boolean isLasting() {
        boolean isHigh = waited >= FEWEST && waited >= (found + waited) / SHARE;
        looks = isHigh ? looks + 1 : 0;
        found = 0;
        waited = 0;
        return looks >= LOOKS;
    }
}
