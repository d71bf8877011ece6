package io.pgdoorman.pooler.server;

import org.jspecify.annotations.Nullable;

/// Keeps a server from its next client while cancel requests are on their way to it: PostgreSQL would cancel
/// what it runs then. Belongs to the server's event loop.
public final class CancelGate {
    private int underWay;
    private @Nullable Runnable waiting;

    /// A request is being sent.
    public void enter() {
        underWay++;
    }

    /// PostgreSQL has taken a request, or it failed.
    public void leave() {
        if (underWay == 0) {
            throw new IllegalStateException("no cancel request is on its way");
        }
        underWay--;
        var task = waiting;
        if (underWay == 0 && task != null) {
            waiting = null;
            task.run();
        }
    }

    boolean isQuiet() {
        return underWay == 0;
    }

    /// Runs the task when no request is on its way: mostly at once. One task at a time.
    public void whenQuiet(Runnable task) {
        if (underWay == 0) {
            task.run();
        } else if (waiting == null) {
            waiting = task;
        } else {
            throw new IllegalStateException("somebody waits for the cancel requests already");
        }
    }
}
