package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.stats.StatementSnapshot;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// SHOW PREPARED_STATEMENTS: those that the pools keep, each once per event loop.
final class ShowPreparedStatements extends ShowTable {

    private final Inspection inspection;

    ShowPreparedStatements(Inspection inspection) {
        super("prepared_statements", text("pool", "hash", "name", "query"), number("count_used"), text("kind"));
        this.inspection = inspection;
    }

    @Override
    public boolean changesNothing(List<Token> arguments) {
        return false;
    }

    @Override
    CompletionStage<List<List<@Nullable String>>> table() {
        return inspection
                .statements()
                .thenApply(statements ->
                        statements.stream().map(ShowPreparedStatements::rowOf).toList());
    }

    private static List<@Nullable String> rowOf(StatementSnapshot one) {
        return row(
                one.user() + "@" + one.database(),
                one.hash(),
                one.name(),
                one.query(),
                one.uses(),
                ShowInterner.kind(one));
    }
}
