package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import io.pgdoorman.pooler.wire.PgError;
import org.jspecify.annotations.Nullable;

/// A client that has logged in, as the house sees it.
sealed interface LoggedIn permits ClientConnection, ReplicationSession {
    /// Asks for the end where it does least harm; any thread.
    void drain(PgError why);

    /// Asks for the way to another process, where it is idle; null takes that back. Who cannot go stays. Any thread.
    void move(@Nullable Mover by);

    /// Reads nothing any more, of it nor of its server, or goes on; any thread.
    ///
    /// @param written called when all that was read before has been written to the kernel, or cannot be
    void suspend(boolean on, Runnable written);

    /// Ends the connection now, with a reason for the client; any thread.
    void end(PgError why);

    /// The pool's timeouts are others now; any thread.
    void timeoutsChanged();

    /// What access rules were asked about it; null when they are asked only once. Any thread.
    @Nullable
    HbaRequest admission();

    ClientPool pool();

    /// Unique in this process.
    long id();

    /// 0 idle, 1 active, 2 waiting; read without synchronization, for `SHOW`.
    int activity();

    /// Whether it has sent a Flush, to read answers before its Sync; read without synchronization.
    default boolean isAsync() {
        return false;
    }

    ClientSnapshot snapshot();
}
