package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import io.pgdoorman.pooler.stats.StatementSnapshot;
import io.pgdoorman.pooler.wire.Column;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// SHOW INTERNER: how many texts of prepared statements are kept and what they take; with a number, that many of the
/// largest.
final class ShowInterner implements Command {

    private static final int MOST = 10_000;
    private static final List<Column> SUMMARY =
            List.of(Column.text("kind"), Column.number("entries"), Column.number("bytes"));
    private static final List<Column> LARGEST = List.of(
            Column.text("hash"),
            Column.text("kind"),
            Column.number("bytes"),
            Column.number("idle_ms"),
            Column.text("query"));

    private final Inspection inspection;

    ShowInterner(Inspection inspection) {
        this.inspection = inspection;
    }

    static String kind(StatementSnapshot statement) {
        return statement.named() ? "named" : "anonymous";
    }

    @Override
    public String name() {
        return "show interner";
    }

    @Override
    public String usage() {
        return "SHOW INTERNER [number]";
    }

    @Override
    public boolean changesNothing(List<Token> arguments) {
        return arguments.isEmpty();
    }

    @Override
    public List<Column> columns(List<Token> arguments) {
        return arguments.isEmpty() ? SUMMARY : LARGEST;
    }

    @Override
    public CompletionStage<Answer> run(List<Token> arguments) {
        if (arguments.isEmpty()) {
            return inspection.statements().thenApply(all -> rows(summary(all)));
        }
        int most = number(arguments);
        return most == 0
                ? CompletableFuture.completedFuture(Refusals.unexpected(arguments.getLast(), usage()))
                : inspection.statements().thenApply(all -> rows(largest(all, most)));
    }

    private static Answer rows(List<List<@Nullable String>> rows) {
        return new Answer.Rows(rows, "SHOW");
    }

    /// 0 when it is none.
    private static int number(List<Token> arguments) {
        try {
            return arguments.size() == 1
                    ? Math.clamp(Long.parseLong(arguments.getFirst().text()), 0, MOST)
                    : 0;
        } catch (NumberFormatException none) {
            return 0;
        }
    }

    private static List<List<@Nullable String>> summary(List<StatementSnapshot> all) {
        return List.of(summary("named", all), summary("anonymous", all));
    }

    private static List<@Nullable String> summary(String kind, List<StatementSnapshot> all) {
        var those = all.stream().filter(one -> kind(one).equals(kind)).toList();
        return ShowTable.row(
                kind,
                those.size(),
                those.stream().mapToLong(StatementSnapshot::bytes).sum());
    }

    private static List<List<@Nullable String>> largest(List<StatementSnapshot> all, int most) {
        return all.stream()
                .sorted(Comparator.comparingInt(StatementSnapshot::bytes).reversed())
                .limit(most)
                .map(one -> ShowTable.row(one.hash(), kind(one), one.bytes(), one.idleMillis(), one.query()))
                .toList();
    }
}
