package drivers.vertx;

import drivers.Scenarios;
import drivers.client.Client;
import drivers.client.Source;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/// A connection of Vert.x's client whose answers are waited for.
record VertxClient(PgConnection connection) implements Client {

    private static final Vertx VERTX = Vertx.vertx();

    static VertxClient open(Map<String, String> settings, Consumer<PgConnectOptions> more) {
        var properties = new HashMap<>(settings);
        var options = new PgConnectOptions()
                .setHost(Scenarios.HOST)
                .setPort(Scenarios.PORT)
                .setUser(Scenarios.USER)
                .setPassword(Objects.requireNonNullElse(properties.remove(Source.PASSWORD), Scenarios.PASSWORD))
                .setDatabase(Scenarios.DATABASE)
                .setCachePreparedStatements(true);
        properties.forEach(options::addProperty);
        more.accept(options);
        return new VertxClient(wait(PgConnection.connect(VERTX, options))
                .noticeHandler(notice -> {})
                .exceptionHandler(lost -> {}));
    }

    static VertxClient open(Map<String, String> settings) {
        return open(settings, options -> {});
    }

    /// Without a limit: a scenario has one.
    static <T> T wait(Future<T> answer) {
        return answer.toCompletionStage().toCompletableFuture().join();
    }

    Future<RowSet<Row>> ask(String sql, Object... values) {
        return connection.preparedQuery(sql).execute(Tuple.from(Arrays.asList(values)));
    }

    @Override
    public void execute(String... statements) {
        for (var sql : statements) {
            wait(connection.query(sql).execute());
        }
    }

    @Override
    public List<List<Object>> rows(String sql, Object... values) {
        return rows(wait(ask(sql, values)));
    }

    static List<List<Object>> rows(Iterable<Row> answer) {
        List<List<Object>> all = new ArrayList<>();
        for (var row : answer) {
            List<Object> fields = new ArrayList<>();
            for (int i = 0; i < row.size(); i++) {
                fields.add(row.getValue(i));
            }
            all.add(fields);
        }
        return all;
    }

    @Override
    public <T> T one(Class<T> type, String sql, Object... values) {
        return wait(ask(sql, values)).iterator().next().get(type, 0);
    }

    @Override
    public void close() {
        wait(connection.close());
    }
}
