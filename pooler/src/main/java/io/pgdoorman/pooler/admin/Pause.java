package io.pgdoorman.pooler.admin;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// PAUSE, of all or of one database: stops lending; running transactions go on.
final class Pause extends PoolCommand {

    private final AdminActions actions;

    Pause(AdminActions actions) {
        super("pause");
        this.actions = actions;
    }

    @Override
    CompletionStage<Integer> act(@Nullable String database) {
        return actions.pause(database);
    }
}
