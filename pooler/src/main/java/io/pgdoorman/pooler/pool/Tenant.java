package io.pgdoorman.pooler.pool;

/// A user's pool as the [Coordinator] of its database sees it. All methods may be called from any thread and
/// take the pool's lock.
interface Tenant {
    /// For messages: `database "shop", user "app"`.
    String name();

    Standing standing();

    /// Closes its oldest idle server of at least that age, if more than `keep` servers are left.
    boolean evictIdle(long minAgeNanos, int keep);

    /// One more server is to end when it is given back, although clients of its own wait.
    void owe();

    /// It owes nothing any more.
    ///
    /// @return what it still owed
    int forgive();

    /// Runs a task after a delay, on any loop.
    void later(Runnable task, long delayNanos);

    /// What decides who gets a server and who gives one.
    ///
    /// @param servers all it has
    /// @param owed those of them that end when they are given back
    /// @param minSize servers it is to keep
    /// @param waiting clients in its queue
    /// @param leaseP95Nanos how long its leases take
    record Standing(int servers, int owed, int minSize, int waiting, long leaseP95Nanos) {
        Standing gave(int given) {
            return new Standing(servers - given, owed, minSize, waiting, leaseP95Nanos);
        }
    }
}
