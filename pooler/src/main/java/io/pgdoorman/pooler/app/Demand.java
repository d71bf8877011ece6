package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.reload.Reloader;
import java.util.Arrays;
import java.util.HashMap;

/// What the process needed of servers of late, as one sample a second tells; the janitor takes them. Guarded by its
/// monitor.
///
/// The past is kept here and not where servers are shared out, as who does that remembers nothing.
final class Demand {
    /// A server that nobody needed for so long is not needed.
    private static final int NEEDED_SECONDS = 30;

    /// Who waits for less does not wait for want of servers: a burst has its end.
    private static final int WAITING_SECONDS = 5;

    private final int[] needed = new int[NEEDED_SECONDS];
    private final int[] waiting = new int[WAITING_SECONDS];
    private int turn;

    /// Clients that wait though their database has all it may have, and servers that are not idle.
    void sample(Reloader reloader) {
        int idle = 0;
        int waits = 0;
        var spent = new HashMap<String, Boolean>();
        int used = 0;
        for (var coordinator : reloader.coordinators()) {
            spent.put(coordinator.database(), coordinator.isSpent());
            used += coordinator.used();
        }
        for (var view : reloader.views()) {
            var counts = view.clients().pool().counts();
            idle += counts.idle();
            waits += spent.getOrDefault(view.clients().database(), false) ? counts.waiting() : 0;
        }
        note(Math.max(0, used - idle), waits);
    }

    synchronized void note(int busy, int waits) {
        needed[turn % NEEDED_SECONDS] = busy;
        waiting[turn % WAITING_SECONDS] = waits;
        turn = (turn + 1) % (NEEDED_SECONDS * WAITING_SECONDS);
    }

    /// Most servers that were not idle at once.
    synchronized int needed() {
        return Arrays.stream(needed).max().orElse(0);
    }

    /// Fewest clients that waited at once.
    synchronized int waiting() {
        return Arrays.stream(waiting).min().orElse(0);
    }
}
