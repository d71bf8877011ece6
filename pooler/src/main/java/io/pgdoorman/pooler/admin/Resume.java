package io.pgdoorman.pooler.admin;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// RESUME, of all or of one database: takes a pause back.
final class Resume extends PoolCommand {

    private final AdminActions actions;

    Resume(AdminActions actions) {
        super("resume");
        this.actions = actions;
    }

    @Override
    CompletionStage<PoolOrder> act(@Nullable String database) {
        return actions.resume(database);
    }
}
