package io.pgdoorman.pooler.admin;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// SET: settings that drivers send at login, as extra_float_digits, mean nothing here and are accepted.
final class SetParameter implements Command {

    private static final String LOG_LEVEL = "log_level";

    @Override
    public String name() {
        return "set";
    }

    @Override
    public String usage() {
        return "SET name = value";
    }

    @Override
    public CompletionStage<Reply> run(List<Token> arguments) {
        return CompletableFuture.completedFuture(answer(arguments));
    }

    private Reply answer(List<Token> arguments) {
        if (arguments.size() < 2 || arguments.getFirst() instanceof Token.Sign) {
            return new Reply.Failed("42601", "expected " + usage());
        }
        return arguments.getFirst().folded().equals(LOG_LEVEL)
                ? Refusals.notSupportedYet("SET log_level")
                : new Reply.Done("SET");
    }
}
