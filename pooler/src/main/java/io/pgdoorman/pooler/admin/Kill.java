package io.pgdoorman.pooler.admin;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// KILL, of all or of one database: ends all clients and servers now; new clients wait until RESUME.
final class Kill extends PoolCommand {

    private final AdminActions actions;

    Kill(AdminActions actions) {
        super("kill");
        this.actions = actions;
    }

    @Override
    CompletionStage<PoolOrder> act(@Nullable String database) {
        return actions.kill(database);
    }
}
