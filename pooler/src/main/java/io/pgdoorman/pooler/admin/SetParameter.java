package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import io.pgdoorman.pooler.wire.SqlState;
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
    public CompletionStage<Answer> run(List<Token> arguments) {
        return CompletableFuture.completedFuture(answer(arguments));
    }

    private Answer answer(List<Token> arguments) {
        if (arguments.size() < 2 || arguments.getFirst() instanceof Token.Sign) {
            return Refusals.failed(SqlState.SYNTAX_ERROR, "expected " + usage());
        }
        return arguments.getFirst().folded().equals(LOG_LEVEL)
                ? Refusals.notSupportedYet("SET log_level")
                : new Answer.Done("SET");
    }
}
