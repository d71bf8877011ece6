package drivers.vertx;

import drivers.Scenarios;
import drivers.client.Source;
import drivers.client.Usual;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;

/// The scenarios of `e2e/drivers/SCENARIOS` with Vert.x's client for PostgreSQL.
final class VertxPg {

    private static String version() throws IOException {
        var properties = new Properties();
        try (var file =
                PgConnectOptions.class.getResourceAsStream("/META-INF/maven/io.vertx/vertx-pg-client/pom.properties")) {
            properties.load(file);
        }
        return properties.getProperty("version");
    }

    public static void main(String[] arguments) throws IOException {
        Scenarios.version("vertx-pg-client", version());
        var usual = new Usual<>(VertxClient::open);
        var statements = new Statements();
        var sessions = new Sessions();
        usual.scenarios()
                .add(
                        "prepared",
                        () -> usual.prepared(List.of(
                                with(options -> options.setPreparedStatementCacheMaxSize(256)),
                                with(options -> options.setPreparedStatementCacheMaxSize(3)),
                                with(options -> options.setCachePreparedStatements(false)))))
                .add("batch", statements::batch)
                .add("batch-error", statements::batchError)
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

    private static Source<VertxClient> with(Consumer<PgConnectOptions> more) {
        return settings -> VertxClient.open(settings, more);
    }
}
