package io.pgdoorman.pooler.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import io.pgdoorman.pooler.client.AdminConsole.Prepared;
import io.pgdoorman.pooler.client.AdminConsole.Rights;
import io.pgdoorman.pooler.stats.CapSnapshot;
import io.pgdoorman.pooler.stats.FakeSnapshots;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.wire.Column;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/// A console before a process of which a test knows everything: one pool, one client, one server.
abstract class ConsoleStage {

    static final long MILLI = 1_000_000;

    final FakeSnapshots snapshots = new FakeSnapshots();
    final ProcessStats process = new ProcessStats();
    final FakeAdminActions actions = new FakeAdminActions();
    final PoolStats stats = new PoolStats("db", "alice");
    final Console console = new Console(new Console.Sources(
            snapshots,
            process,
            actions,
            () -> List.of(
                    new ConfigView.Parameter("general.port", "6432", "5432", false, "file", "Where clients knock.")),
            new FakeInspection(),
            new FakeLogLevels()));

    @BeforeEach
    void onePool() {
        stats.cancelBegan();
        snapshots.setPools(FakeSnapshots.pool(stats));
        snapshots.setCaps(new CapSnapshot("db", 12, 10, 5, 3, 4, 2));
        snapshots.setClients(FakeSnapshots.client(5, "db", "alice", "active"));
        snapshots.setServers(FakeSnapshots.server(6, "db", "alice", "idle"));
    }

    final Reply execute(String sql) {
        return execute(sql, Rights.ALL);
    }

    final Reply execute(String sql, Rights rights) {
        return switch (console.prepare(sql, rights)) {
            case Prepared.Nothing() -> new Reply.Empty();
            case Prepared.Refused(var error) -> new Reply.Failed(error.sqlState(), error.message());
            case Prepared.Command command ->
                switch (command.run().get().answer().toCompletableFuture().join()) {
                    case Answer.Rows(var rows, var tag) ->
                        new Reply.Rows(
                                command.columns().stream().map(Column::name).toList(), rows, tag);
                    case Answer.Done(var tag) -> new Reply.Done(tag);
                    case Answer.Forgotten(var tag, var name) -> new Reply.Done(tag + " of " + name);
                    case Answer.Failed(var error) -> new Reply.Failed(error.sqlState(), error.message());
                };
        };
    }

    final String flat(String sql) {
        var reply = rows(sql);
        return String.join(", ", reply.columns()) + ": "
                + reply.rows().stream()
                        .map(row -> String.join(
                                ",", row.stream().map(String::valueOf).toList()))
                        .collect(Collectors.joining("; "));
    }

    final Reply.Rows rows(String sql) {
        var reply = execute(sql);
        assertThat(reply).isInstanceOf(Reply.Rows.class);
        var rows = (Reply.Rows) reply;
        for (List<@Nullable String> row : rows.rows()) {
            assertThat(row).hasSameSizeAs(rows.columns());
        }
        return rows;
    }

    /// What a client of the simple protocol would see.
    sealed interface Reply {
        record Rows(List<String> columns, List<List<@Nullable String>> rows, String tag) implements Reply {}

        record Done(String tag) implements Reply {}

        record Empty() implements Reply {}

        record Failed(String sqlState, String message) implements Reply {}
    }
}
