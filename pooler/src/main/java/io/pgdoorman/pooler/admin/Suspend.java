package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// SUSPEND: lends no server, reads nothing of clients and servers, and waits until all that was read is written; taken
/// back when the client leaves before.
final class Suspend implements Command {

    private final AdminActions actions;

    Suspend(AdminActions actions) {
        this.actions = actions;
    }

    @Override
    public String name() {
        return "suspend";
    }

    @Override
    public String usage() {
        return "SUSPEND";
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        if (!arguments.isEmpty()) {
            return CompletableFuture.completedFuture(Refusals.unexpected(arguments.getFirst(), usage()));
        }
        return actions.suspend().thenApply(_ -> new Answer.Done(usage()));
    }

    @Override
    public Runnable abandonment(List<Token> arguments) {
        return () -> {
            var _ = actions.resume(null);
        };
    }
}
