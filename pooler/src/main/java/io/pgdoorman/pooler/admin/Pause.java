package io.pgdoorman.pooler.admin;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// PAUSE, of all or of one database: stops lending and waits for running transactions; taken back
/// when the client leaves before.
final class Pause extends PoolCommand {

    private final AdminActions actions;

    Pause(AdminActions actions) {
        super("pause");
        this.actions = actions;
    }

    @Override
    CompletionStage<PoolOrder> act(@Nullable String database) {
        return actions.pause(database);
    }

    /// As in PgBouncer: a pause that nobody waits for would hold up all clients for nothing.
    @Override
    Runnable abandonment(@Nullable String database) {
        return () -> {
            var _ = actions.resume(database);
        };
    }
}
