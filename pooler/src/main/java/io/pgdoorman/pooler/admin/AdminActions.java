package io.pgdoorman.pooler.admin;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What the console can ask of the process; filled by `app`. Called on event loops, so that no method may
/// block. A
/// database of null means all of them; the numbers are those of the pools that are meant.
public interface AdminActions {

    CompletionStage<ReloadOutcome> reload();

    /// Stops lending; completes when no server is in use any more, or not fulfilled when the pause ended before.
    CompletionStage<PoolOrder> pause(@Nullable String database);

    CompletionStage<PoolOrder> resume(@Nullable String database);

    /// Idle servers close now, lent ones when they are given back; completes when none of them is left.
    CompletionStage<PoolOrder> reconnect(@Nullable String database);

    /// Begins to drain and then ends the process, as SIGTERM does.
    void shutdown();

    ProcessView process();
}
