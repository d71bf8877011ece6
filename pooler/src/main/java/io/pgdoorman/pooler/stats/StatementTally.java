package io.pgdoorman.pooler.stats;

import java.util.concurrent.atomic.AtomicLongArray;

/// How many prepared statements of one pool there are on one event loop, and what they take. Only that loop adds; all
/// threads may read, so that nobody has to stop the loop to ask.
public final class StatementTally {
    private static final int KEPT = 0;
    private static final int KEPT_BYTES = 1;
    private static final int KNOWN = 2;
    private static final int KNOWN_BYTES = 3;
    private static final int UNNAMED = 4;

    private final StatementMemory memory;
    private final AtomicLongArray cells = new AtomicLongArray(5);

    /// The clock, as it stood at the last tick: a look at it for each Bind would cost more than it tells.
    private volatile long nowNanos;

    /// @param memory of the process
    public StatementTally(StatementMemory memory) {
        this.memory = memory;
    }

    public StatementMemory memory() {
        return memory;
    }

    /// @param now of the clock; from here on statements are used at this time
    public void tick(long now) {
        nowNanos = now;
    }

    /// Of the last tick.
    public long nowNanos() {
        return nowNanos;
    }

    /// The pool remembers one more.
    public void kept(int bytes) {
        add(KEPT, 1);
        add(KEPT_BYTES, bytes);
    }

    public void dropped(int bytes) {
        add(KEPT, -1);
        add(KEPT_BYTES, -bytes);
    }

    /// A client has a name for a statement.
    ///
    /// @param unnamed whether the name is empty
    public void named(boolean unnamed, int bytes) {
        count(unnamed, bytes, 1);
    }

    public void forgotten(boolean unnamed, int bytes) {
        count(unnamed, bytes, -1);
    }

    private void count(boolean unnamed, int bytes, int one) {
        add(KNOWN, one);
        add(KNOWN_BYTES, (long) one * bytes);
        if (unnamed) {
            add(UNNAMED, one);
        }
    }

    private void add(int cell, long amount) {
        cells.setRelease(cell, cells.getPlain(cell) + amount);
    }

    /// Statements that the pool remembers.
    public int keptCount() {
        return (int) cells.getAcquire(KEPT);
    }

    public long keptBytes() {
        return cells.getAcquire(KEPT_BYTES);
    }

    /// Names that clients have for statements, the unnamed one of each client among them.
    public int knownCount() {
        return (int) cells.getAcquire(KNOWN);
    }

    public long knownBytes() {
        return cells.getAcquire(KNOWN_BYTES);
    }

    /// Clients that have an unnamed statement.
    public int unnamedCount() {
        return (int) cells.getAcquire(UNNAMED);
    }
}
