package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.Snapshots;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The admin console: finds the command that a query string means. Has no state of its own and may be used by all
/// threads.
public final class Console implements AdminConsole {

    private static final Logger LOG = LoggerFactory.getLogger(Console.class);

    /// Words that may name a command together with the next one.
    private static final Set<String> FIRST_OF_TWO = Set.of("show", "reset");

    private final Commands commands;

    /// What the console looks at and acts through.
    public record Sources(
            Snapshots snapshots,
            ProcessStats process,
            AdminActions actions,
            ConfigView config,
            Inspection inspection,
            LogLevels levels) {}

    public Console(Sources sources) {
        this.commands = new Commands(sources);
    }

    /// For the test of the document that describes them.
    Commands commands() {
        return commands;
    }

    @Override
    public Prepared prepare(String sql, Rights rights) {
        var tokens = withoutLastSemicolons(Token.of(sql));
        if (tokens.isEmpty()) {
            return new Prepared.Nothing();
        }
        if (tokens.stream().anyMatch(Token::isSemicolon)) {
            return refused(Refusals.severalCommands());
        }
        if (FIRST_OF_TWO.contains(tokens.getFirst().folded()) && tokens.size() > 1) {
            var found = found(tokens, 2, rights);
            if (found != null) {
                return found;
            }
        }
        var found = found(tokens, 1, rights);
        return found == null ? refused(unknown(tokens)) : found;
    }

    /// What the first words mean, or null.
    private @Nullable Prepared found(List<Token> tokens, int words, Rights rights) {
        var name = nameOf(tokens.subList(0, words));
        var command = commands.of(name);
        if (command == null) {
            return commands.isKnownButNotYet(name)
                    ? refused(Refusals.notSupportedYet(name.toUpperCase(Locale.ROOT)))
                    : null;
        }
        var arguments = tokens.subList(words, tokens.size());
        if (rights == Rights.SHOW && !command.changesNothing(arguments)) {
            return refused(Refusals.notAllowed(name.toUpperCase(Locale.ROOT)));
        }
        return new Prepared.Command(command.columns(arguments), () -> begin(command, arguments));
    }

    private static Prepared refused(Answer.Failed why) {
        return new Prepared.Refused(why.error());
    }

    private static Running begin(Command command, List<Token> arguments) {
        return new Running(run(command, arguments), command.abandonment(arguments));
    }

    private static CompletionStage<Answer> run(Command command, List<Token> arguments) {
        try {
            return command.run(arguments).exceptionally(Console::failed);
        } catch (RuntimeException e) {
            return CompletableFuture.completedFuture(failed(e));
        }
    }

    private static Answer failed(Throwable cause) {
        LOG.atError().setCause(cause).log("console command failed");
        return Refusals.internal();
    }

    /// The words that were asked for may be a command of one word with an argument, or one of two words.
    private Answer.Failed unknown(List<Token> tokens) {
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
}
