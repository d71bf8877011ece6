package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import io.pgdoorman.pooler.wire.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A command that shows a table and takes no arguments; subclasses give its name, columns and rows.
abstract class ShowTable implements Command {

    private final String what;
    private final List<Column> columns;

    /// @param columns in groups of one type, as [#text] and [#number] make them
    @SafeVarargs
    ShowTable(String what, List<Column>... columns) {
        this.what = what;
        var all = new ArrayList<Column>();
        for (var group : columns) {
            all.addAll(group);
        }
        this.columns = List.copyOf(all);
    }

    static List<Column> text(String... names) {
        return Stream.of(names).map(Column::text).toList();
    }

    static List<Column> number(String... names) {
        return Stream.of(names).map(Column::number).toList();
    }

    /// Its rows, now or later.
    abstract CompletionStage<List<List<@Nullable String>>> table();

    @Override
    public final String name() {
        return "show " + what;
    }

    @Override
    public final String usage() {
        return name().toUpperCase(Locale.ROOT);
    }

    @Override
    public final List<Column> columns(List<Token> arguments) {
        return columns;
    }

    @Override
    public boolean changesNothing(List<Token> arguments) {
        return true;
    }

    @Override
    public final CompletionStage<Answer> run(List<Token> arguments) {
        return arguments.isEmpty()
                ? table().thenApply(rows -> new Answer.Rows(rows, "SHOW"))
                : CompletableFuture.completedFuture(Refusals.unexpected(arguments.getFirst(), usage()));
    }

    /// A row of values in the order of the columns.
    static List<@Nullable String> row(@Nullable Object... values) {
        var row = new ArrayList<@Nullable String>(values.length);
        for (var value : values) {
            row.add(value == null ? null : value.toString());
        }
        return row;
    }

    /// A row of a name and figures.
    static List<@Nullable String> row(String name, long[] figures) {
        var row = new ArrayList<@Nullable String>(figures.length + 1);
        row.add(name);
        for (var figure : figures) {
            row.add(Long.toString(figure));
        }
        return row;
    }
}
