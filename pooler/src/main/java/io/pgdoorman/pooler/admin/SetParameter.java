package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/// SET log_level. Settings that drivers send at login, as extra_float_digits, mean nothing here and are accepted.
final class SetParameter implements Command {

    private static final String LOG_LEVEL = "log_level";

    private final LogLevels levels;

    SetParameter(LogLevels levels) {
        this.levels = levels;
    }

    @Override
    public String name() {
        return "set";
    }

    @Override
    public String usage() {
        return "SET log_level = 'level[,module=level...]'";
    }

    @Override
    public boolean changesNothing(List<Token> arguments) {
        return arguments.isEmpty() || !arguments.getFirst().folded().equals(LOG_LEVEL);
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        return CompletableFuture.completedFuture(answer(arguments));
    }

    private Answer answer(List<Token> arguments) {
        if (arguments.size() < 2 || arguments.getFirst() instanceof Token.Sign) {
            return Refusals.malformed("SET name = value");
        }
        if (!arguments.getFirst().folded().equals(LOG_LEVEL)) {
            return new Answer.Done("SET");
        }
        var value =
                arguments.get(1).text().equals("=") || arguments.get(1).folded().equals("to")
                        ? arguments.subList(2, arguments.size())
                        : List.<Token>of();
        if (value.isEmpty()) {
            return Refusals.malformed(usage());
        }
        try {
            levels.set(value.stream().map(Token::text).collect(Collectors.joining()));
            return new Answer.Done("SET");
        } catch (IllegalArgumentException unreadable) {
            return Refusals.invalidLogLevel(String.valueOf(unreadable.getMessage()));
        }
    }
}
