package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.ConnectFailure;

/// Where a pool gets new servers from, and the loops it runs on.
public interface ServerSource<S> {
    /// Opens a connection on that loop; the callback comes on it.
    void connect(int loop, Callback<S> callback);

    /// Whether a connect may be tried before anybody asks for one: passthrough credentials need a client's login
    /// first. For a client that waits it is tried all the same: PostgreSQL may trust us, and else says so at once.
    boolean isReady();

    /// Runs a task on a loop, now if this is that loop.
    void run(int loop, Runnable task);

    /// Runs a task on some loop after a delay.
    void later(Runnable task, long delayNanos);

    int loops();

    /// How a connect ended.
    interface Callback<S> {
        void connected(S server);

        void failed(ConnectFailure failure);
    }
}
