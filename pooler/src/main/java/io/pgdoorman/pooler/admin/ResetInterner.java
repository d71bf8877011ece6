package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// RESET INTERNER: forgets texts of prepared statements that no client knows.
final class ResetInterner implements Command {

    private final AdminActions actions;

    ResetInterner(AdminActions actions) {
        this.actions = actions;
    }

    @Override
    public String name() {
        return "reset interner";
    }

    @Override
    public String usage() {
        return "RESET INTERNER";
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        return arguments.isEmpty()
                ? actions.resetInterner().thenApply(_ -> new Answer.Done("RESET"))
                : CompletableFuture.completedFuture(Refusals.unexpected(arguments.getFirst(), usage()));
    }
}
