package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// What drivers say around their commands, as BEGIN and COMMIT: it means nothing here and is acknowledged. The session
/// stays outside of a transaction.
final class Courtesy implements Command {

    private final String word;
    private final String tag;

    private Courtesy(String word, String tag) {
        this.word = word;
        this.tag = tag;
    }

    static List<Courtesy> all() {
        return List.of(
                new Courtesy("begin", "BEGIN"),
                new Courtesy("start", "START TRANSACTION"),
                new Courtesy("commit", "COMMIT"),
                new Courtesy("end", "COMMIT"),
                new Courtesy("rollback", "ROLLBACK"),
                new Courtesy("abort", "ROLLBACK"),
                new Courtesy("savepoint", "SAVEPOINT"),
                new Courtesy("release", "RELEASE"),
                new Courtesy("reset", "RESET"));
    }

    @Override
    public String name() {
        return word;
    }

    @Override
    public String usage() {
        return word.toUpperCase(Locale.ROOT);
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
        return CompletableFuture.completedFuture(new Answer.Done(tag));
    }
}
