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
abstract class ShowCommand implements Command {

    private final String what;
    private final List<Column> columns;

    /// @param columns in groups of one type, as [#text] and [#number] make them
    @SafeVarargs
    ShowCommand(String what, List<Column>... columns) {
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
    public final List<Column> columns() {
        return columns;
    }

    @Override
    public final CompletionStage<Answer> run(List<Token> arguments) {
        return CompletableFuture.completedFuture(
                arguments.isEmpty()
                        ? new Answer.Rows(rows(), "SHOW")
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
