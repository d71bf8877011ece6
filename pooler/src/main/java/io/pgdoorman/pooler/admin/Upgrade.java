package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// UPGRADE: a new process takes over; answered when it has, or has failed to.
final class Upgrade implements Command {

    private final AdminActions actions;

    Upgrade(AdminActions actions) {
        this.actions = actions;
    }

    @Override
    public String name() {
        return "upgrade";
    }

    @Override
    public String usage() {
        return "UPGRADE";
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        if (!arguments.isEmpty()) {
            return CompletableFuture.completedFuture(Refusals.unexpected(arguments.getFirst(), usage()));
        }
        return actions.upgrade()
                .thenApply(failure ->
                        failure.isEmpty() ? new Answer.Done("UPGRADE") : Refusals.upgradeFailed(failure.get()));
    }
}
