package io.pgdoorman.pooler.app;

import io.pgdoorman.pooler.admin.AdminActions;
import io.pgdoorman.pooler.admin.Reply;
import io.pgdoorman.pooler.client.Console;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.wire.PgError;
import java.util.concurrent.CompletionStage;

/// The console's commands, answered by the process itself.
final class ConsoleServer implements Console {
    private final io.pgdoorman.pooler.admin.Console console;

    ConsoleServer(AdminActions actions, ConfigTable config, ProcessView view, ProcessStats stats) {
        this.console = new io.pgdoorman.pooler.admin.Console(view, stats, actions, config);
    }

    @Override
    public CompletionStage<Answer> execute(String sql) {
        return console.execute(sql).thenApply(ConsoleServer::answer);
    }

    private static Answer answer(Reply reply) {
        return switch (reply) {
            case Reply.Rows rows -> new Answer.Rows(rows.columns(), rows.rows(), rows.tag());
            case Reply.Done(var tag) -> new Answer.Done(tag);
            case Reply.Empty _ -> new Answer.Empty();
            case Reply.Failed(var sqlState, var message) -> new Answer.Failed(PgError.error(sqlState, message));
        };
    }
}
