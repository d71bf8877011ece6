package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The admin console: one query string in, one [Reply] out. Has no state of its own and may be used by all threads.
public final class Console {

    private static final Logger LOG = LoggerFactory.getLogger(Console.class);

    /// Words that name a command only together with the next one.
    private static final Set<String> FIRST_OF_TWO = Set.of("show", "reset");

    private final Commands commands;

    public Console(Snapshots snapshots, ProcessStats process, AdminActions actions, ConfigView config) {
        this.commands = new Commands(snapshots, process, actions, config);
    }

    /// Runs one command; never completes exceptionally.
    public CompletionStage<Reply> execute(String sql) {
        try {
            return dispatch(sql).exceptionally(Console::failed);
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(failed(e));
        }
    }

    private static Reply failed(Throwable cause) {
        LOG.atError().setCause(cause).log("console command failed");
        return Refusals.internal();
    }

    private CompletionStage<Reply> dispatch(String sql) {
        var tokens = withoutLastSemicolons(Token.of(sql));
        if (tokens.isEmpty()) {
            return answered(new Reply.Empty());
        }
        if (tokens.stream().anyMatch(Token::isSemicolon)) {
            return answered(Refusals.severalCommands());
        }
        var words = FIRST_OF_TWO.contains(tokens.getFirst().folded()) && tokens.size() > 1 ? 2 : 1;
        var name = nameOf(tokens.subList(0, words));
        var command = commands.of(name);
        if (command != null) {
            return command.run(tokens.subList(words, tokens.size()));
        }
        return answered(
                commands.isKnownButNotYet(name)
                        ? Refusals.notSupportedYet(name.toUpperCase(Locale.ROOT))
                        : unknown(tokens));
    }

    /// The words that were asked for may be a command of one word with an argument, or one of two words.
    private Reply unknown(List<Token> tokens) {
        var asked = nameOf(tokens.subList(0, Math.min(tokens.size(), 2)));
        return Refusals.unknownCommand(
                asked, commands.nearestTo(List.of(asked, tokens.getFirst().folded())));
    }

    private static List<Token> withoutLastSemicolons(List<Token> tokens) {
        var end = tokens.size();
        while (end > 0 && tokens.get(end - 1).isSemicolon()) {
            end--;
        }
        return tokens.subList(0, end);
    }

    private static String nameOf(List<Token> words) {
        return String.join(" ", words.stream().map(Token::folded).toList());
    }

    private static CompletionStage<Reply> answered(Reply reply) {
        return CompletableFuture.completedFuture(reply);
    }
}
