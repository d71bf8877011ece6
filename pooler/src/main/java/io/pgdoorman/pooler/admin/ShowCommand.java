package io.pgdoorman.pooler.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A command that shows a table and takes no arguments; subclasses give its name, columns and rows.
abstract class ShowCommand implements Command {

    private final String what;
    private final List<String> columns;

    ShowCommand(String what, String... columns) {
        this.what = what;
        this.columns = List.of(columns);
    }

    abstract List<List<@Nullable String>> rows();

    @Override
    public final String name() {
        return "show " + what;
    }

    @Override
    public final String usage() {
        return name().toUpperCase(Locale.ROOT);
    }

    @Override
    public final CompletionStage<Reply> run(List<Token> arguments) {
        return CompletableFuture.completedFuture(
                arguments.isEmpty()
                        ? new Reply.Rows(columns, rows(), "SHOW")
                        : Refusals.unexpected(arguments.getFirst(), usage()));
    }

    /// A row of values in the order of the columns.
    static List<@Nullable String> row(@Nullable Object... values) {
        var row = new ArrayList<@Nullable String>(values.length);
        for (var value : values) {
            row.add(value == null ? null : value.toString());
        }
        return row;
    }
}
