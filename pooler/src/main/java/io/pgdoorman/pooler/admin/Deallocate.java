package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// DEALLOCATE and DISCARD: drivers clean up behind themselves.
final class Deallocate implements Command {

    private static final String ALL = "all";

    private final String word;

    /// @param word deallocate or discard
    Deallocate(String word) {
        this.word = word;
    }

    @Override
    public String name() {
        return word;
    }

    @Override
    public String usage() {
        return word.toUpperCase(Locale.ROOT) + " ALL";
    }

    @Override
    public boolean changesNothing(List<Token> arguments) {
        return true;
    }

    @Override
    public boolean isListed() {
        return false;
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        return CompletableFuture.completedFuture(answer(withoutPrepare(arguments)));
    }

    private static List<Token> withoutPrepare(List<Token> arguments) {
        return arguments.size() > 1 && arguments.getFirst().folded().equals("prepare")
                ? arguments.subList(1, arguments.size())
                : arguments;
    }

    private Answer answer(List<Token> arguments) {
        if (arguments.size() != 1 || arguments.getFirst() instanceof Token.Sign) {
            return Refusals.malformed(usage());
        }
        var what = arguments.getFirst();
        if (what instanceof Token.Word && what.folded().equals(ALL)) {
            return new Answer.Forgotten(usage(), null);
        }
        return word.equals("discard")
                ? new Answer.Done(
                        word.toUpperCase(Locale.ROOT) + " " + what.text().toUpperCase(Locale.ROOT))
                : new Answer.Forgotten("DEALLOCATE", what.folded());
    }
}
