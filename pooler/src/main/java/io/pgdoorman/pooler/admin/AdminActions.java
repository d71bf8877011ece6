package io.pgdoorman.pooler.admin;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What the console can ask of the process; filled by `app`. Called on event loops, so that no method may
/// block. A database of null means all of them; the numbers are those of the pools that are meant.
public interface AdminActions {

    CompletionStage<ReloadOutcome> reload();

    /// Stops lending; completes when no server is in use any more, or not fulfilled when the pause ended before.
    CompletionStage<PoolOrder> pause(@Nullable String database);

    /// Of all also ends [#suspend].
    CompletionStage<PoolOrder> resume(@Nullable String database);

    /// Lends no server and reads nothing any more; completes when all that was read has been written.
    CompletionStage<Void> suspend();

    boolean isSuspended();

    /// Idle servers close now, lent ones when they are given back.
    CompletionStage<PoolOrder> reconnect(@Nullable String database);

    /// Completes when none is left of the servers that had to close.
    CompletionStage<PoolOrder> waitClose(@Nullable String database);

    /// Ends all clients and servers now; clients that come wait until [#resume].
    CompletionStage<PoolOrder> kill(@Nullable String database);

    /// Ends a client, and its server where it is at work.
    ///
    /// @return whether there is one of this number
    boolean killClient(long id);

    /// Lets new clients in, or not; those that are in stay.
    ///
    /// @return whether there is such a database
    boolean admit(String database, boolean isOpen);

    /// Databases that let nobody in.
    Set<String> disabled();

    /// Forgets texts of prepared statements that no client knows.
    CompletionStage<Integer> resetInterner();

    /// How the process ends.
    enum Ending {
        /// As by SIGTERM: each client at the end of its transaction, all after a while.
        DRAIN,
        /// Likewise without a limit of time, and clients that wait at once; the process ends when no server is in use.
        SERVERS_FREE,
        /// Nobody new comes in; the process ends when all clients have left by themselves.
        CLIENTS_LEFT
    }

    /// Begins to end the process.
    void shutdown(Ending ending);

    /// Starts a new process that takes over.
    ///
    /// @return why it did not; empty when it did
    CompletionStage<Optional<String>> upgrade();

    ProcessView process();
}
