package drivers.r2dbc;

import drivers.Scenarios;
import drivers.client.Source;
import drivers.client.Usual;
import java.util.List;

/// The scenarios of `e2e/drivers/SCENARIOS` with r2dbc-postgresql.
final class R2dbc {

    public static void main(String[] arguments) {
        Scenarios.version(
                "r2dbc-postgresql",
                io.r2dbc.postgresql.PostgresqlConnectionFactory.class
                        .getPackage()
                        .getImplementationVersion());
        var usual = new Usual<>(R2dbcClient::open);
        var statements = new Statements();
        var sessions = new Sessions();
        usual.scenarios()
                .add("prepared", () -> usual.prepared(List.of(caching(-1), caching(0), caching(3))))
                .add("batch", statements::batch)
                .add("batch-error", statements::batchError)
                .add("copy-in", sessions::copyIn)
                .add("copy-error", sessions::copyError)
                .add("cancel", sessions::cancel)
                .add("timeout", sessions::timeout)
                .add("transactions", sessions::transactions)
                .add("large", () -> {
                    statements.large();
                    usual.largeRows();
                })
                .add("types", statements::types)
                .add("cursor", statements::cursor)
                .add("listen", sessions::listen)
                .run();
    }

    /// @param statements that a connection keeps: -1 all, 0 none
    private static Source<R2dbcClient> caching(int statements) {
        return settings -> R2dbcClient.open(settings, builder -> builder.preparedStatementCacheQueries(statements));
    }
}
