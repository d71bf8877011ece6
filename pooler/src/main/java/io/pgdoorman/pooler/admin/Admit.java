package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// DISABLE and ENABLE: whether a database lets new clients in.
final class Admit implements Command {

    private final String word;
    private final boolean isOpen;
    private final AdminActions actions;

    private Admit(String word, boolean isOpen, AdminActions actions) {
        this.word = word;
        this.isOpen = isOpen;
        this.actions = actions;
    }

    static Admit enable(AdminActions actions) {
        return new Admit("enable", true, actions);
    }

    static Admit disable(AdminActions actions) {
        return new Admit("disable", false, actions);
    }

    @Override
    public String name() {
        return word;
    }

    @Override
    public String usage() {
        return tag() + " database";
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        return CompletableFuture.completedFuture(answer(arguments));
    }

    private Answer answer(List<Token> arguments) {
        if (arguments.isEmpty()) {
            return Refusals.malformed(usage());
        }
        if (arguments.size() > 1 || arguments.getFirst() instanceof Token.Sign) {
            return Refusals.unexpected(arguments.getLast(), usage());
        }
        var database = arguments.getFirst().text();
        return actions.admit(database, isOpen) ? new Answer.Done(tag()) : Refusals.unknownDatabase(database);
    }

    private String tag() {
        return word.toUpperCase(Locale.ROOT);
    }
}
