package io.pgdoorman.pooler.http;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What the control server can ask of the process; filled by `app`. Called on the control server's event loop,
/// so that no method may block.
public interface ControlActions {

    /// Hears which leader of operators asks. Answers the epoch of a newer one if such was heard before: then an order
    /// does not count. Null from a person.
    @Nullable
    Long newerLeader(@Nullable Long leader);

    CompletionStage<ReloadAnswer> reload(ReloadRequest request);

    /// Ends the sessions of these users, each at its boundary, and lets them in no more until another configuration is
    /// loaded.
    CompletionStage<ReloadAnswer> revoke(Set<String> users);

    /// Lets the process have its share of its fleet's server connections, if the configuration with this hash is live;
    /// completes with whether it has it.
    CompletionStage<Boolean> grant(@Nullable String hash);

    /// Tells a process that waits for its share that somebody is there, who has no room for it yet.
    ///
    /// @return false when it has it already
    boolean hold();

    /// Lets databases have other numbers of servers than the configuration says.
    CompletionStage<AllowAnswer> allow(AllowRequest request);

    /// Begins to drain; again and again does nothing more.
    void drain();

    /// Stops lending in the pools of a database, or in all for null; completes with the number of these pools.
    CompletionStage<Integer> pause(@Nullable String database);

    /// Takes a pause back; completes with the number of pools that are meant.
    CompletionStage<Integer> resume(@Nullable String database);

    /// Does a command of the admin console.
    CompletionStage<ConsoleReply> console(String command);

    ControlState state();

    /// Why the answer to a probe is no, one sentence per reason; empty for yes.
    List<String> objections(Probe probe);
}
