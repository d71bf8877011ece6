package io.pgdoorman.pooler.pool;

/// The pool's books at one moment.
///
/// @param lent servers that clients hold
/// @param checked servers between two clients: moving, being reset or probed
/// @param connecting servers that are not logged in yet
/// @param oldestWaitNanos age of the oldest waiting client, 0 when nobody waits
/// @param oldestLeaseNanos age of the oldest lease
public record PoolCounts(
        int lent,
        int idle,
        int checked,
        int connecting,
        int waiting,
        long oldestWaitNanos,
        long oldestLeaseNanos,
        boolean paused) {
    public int servers() {
        return lent + idle + checked;
    }
}
