package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// RELOAD: loads the configuration file anew.
final class Reload implements Command {

    private final AdminActions actions;

    Reload(AdminActions actions) {
        this.actions = actions;
    }

    @Override
    public String name() {
        return "reload";
    }

    @Override
    public String usage() {
        return "RELOAD";
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        if (!arguments.isEmpty()) {
            return CompletableFuture.completedFuture(Refusals.unexpected(arguments.getFirst(), usage()));
        }
        return actions.reload().thenApply(outcome -> switch (outcome) {
            case ReloadOutcome.Live _ -> new Answer.Done("RELOAD");
            case ReloadOutcome.Refused(var reason) -> Refusals.reloadRefused(reason);
        });
    }
}
