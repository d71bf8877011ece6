package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
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

    /// Acts; completes when what was ordered is true.
    abstract CompletionStage<PoolOrder> act(@Nullable String database);

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String usage() {
        return tag() + " [database]";
    }

    @Override
    public final CompletionStage<Answer> run(List<Token> arguments) {
        if (arguments.isEmpty()) {
            return act(null).thenApply(this::reply);
        }
        if (arguments.size() > 1 || arguments.getFirst() instanceof Token.Sign) {
            return CompletableFuture.completedFuture(Refusals.unexpected(arguments.getLast(), usage()));
        }
        // as written: databases of the configuration have upper case more often than quotes in the console
        var database = arguments.getFirst().text();
        return act(database).thenApply(order -> order.pools() == 0 ? Refusals.unknownDatabase(database) : reply(order));
    }

    /// What is to be done when nobody waits for its end any more; null when it has none to wait for.
    @Nullable
    Runnable abandonment(@Nullable String database) {
        return null;
    }

    @Override
    public final @Nullable Runnable abandonment(List<Token> arguments) {
        return abandonment(arguments.isEmpty() ? null : arguments.getFirst().text());
    }

    private Answer reply(PoolOrder order) {
        return order.fulfilled() ? new Answer.Done(tag()) : Refusals.overtaken(tag());
    }

    private String tag() {
        return name.toUpperCase(Locale.ROOT);
    }
}
