package io.pgdoorman.pooler.admin;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// RECONNECT, of all or of one database: replaces servers, idle ones now and lent ones when they are given
/// back. WAIT_CLOSE waits for the latter.
final class Reconnect extends PoolCommand {

    private final AdminActions actions;

    Reconnect(AdminActions actions) {
        super("reconnect");
        this.actions = actions;
    }

    @Override
    CompletionStage<PoolOrder> act(@Nullable String database) {
        return actions.reconnect(database);
    }
}
