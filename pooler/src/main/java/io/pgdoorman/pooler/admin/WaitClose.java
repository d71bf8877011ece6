package io.pgdoorman.pooler.admin;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// WAIT_CLOSE, of all or of one database: waits until the servers are gone that RECONNECT, or a reload, replaces.
final class WaitClose extends PoolCommand {

    private final AdminActions actions;

    WaitClose(AdminActions actions) {
        super("wait_close");
        this.actions = actions;
    }

    @Override
    CompletionStage<PoolOrder> act(@Nullable String database) {
        return actions.waitClose(database);
    }

    /// The servers close nevertheless.
    @Override
    Runnable abandonment(@Nullable String database) {
        return () -> {};
    }
}
