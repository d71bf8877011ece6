package io.pgdoorman.pooler.admin;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A command that acts on the pools of one database, or on all; subclasses say how.
abstract class PoolCommand implements Command {

    private final String name;

    PoolCommand(String name) {
        this.name = name;
    }

    /// Acts; completes with the number of pools that are meant.
    abstract CompletionStage<Integer> act(@Nullable String database);

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String usage() {
        return tag() + " [database]";
    }

    @Override
    public final CompletionStage<Reply> run(List<Token> arguments) {
        if (arguments.isEmpty()) {
            return act(null).thenApply(_ -> new Reply.Done(tag()));
        }
        if (arguments.size() > 1 || arguments.getFirst() instanceof Token.Sign) {
            return CompletableFuture.completedFuture(Refusals.unexpected(arguments.getLast(), usage()));
        }
        // as written: databases of the configuration have upper case more often than quotes in the console
        var database = arguments.getFirst().text();
        return act(database)
                .thenApply(pools -> pools == 0 ? Refusals.unknownDatabase(database) : new Reply.Done(tag()));
    }

    private String tag() {
        return name.toUpperCase(Locale.ROOT);
    }
}
