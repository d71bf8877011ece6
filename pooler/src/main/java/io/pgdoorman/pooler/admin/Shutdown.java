package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// SHUTDOWN: drains and ends the process, as SIGTERM does.
final class Shutdown implements Command {

    private final AdminActions actions;

    Shutdown(AdminActions actions) {
        this.actions = actions;
    }

    @Override
    public String name() {
        return "shutdown";
    }

    @Override
    public String usage() {
        return "SHUTDOWN";
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        if (!arguments.isEmpty()) {
            return CompletableFuture.completedFuture(Refusals.unexpected(arguments.getFirst(), usage()));
        }
        actions.shutdown();
        return CompletableFuture.completedFuture(new Answer.Done("SHUTDOWN"));
    }
}
