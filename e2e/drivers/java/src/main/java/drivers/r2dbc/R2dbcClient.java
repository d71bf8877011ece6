package drivers.r2dbc;

import drivers.Scenarios;
import drivers.client.Client;
import drivers.client.Source;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.postgresql.api.PostgresqlStatement;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/// A connection of r2dbc-postgresql whose answers are waited for.
record R2dbcClient(PostgresqlConnection connection) implements Client {

    /// More than any answer takes; the scenario's own limit is shorter.
    static final Duration LIMIT = Duration.ofSeconds(90);

    static R2dbcClient open(Map<String, String> settings, Consumer<PostgresqlConnectionConfiguration.Builder> more) {
        var options = new HashMap<>(settings);
        var builder = PostgresqlConnectionConfiguration.builder()
                .host(Scenarios.HOST)
                .port(Scenarios.PORT)
                .username(Scenarios.USER)
                .password(Objects.requireNonNullElse(options.remove(Source.PASSWORD), Scenarios.PASSWORD))
                .database(Scenarios.DATABASE);
        var name = options.remove("application_name");
        if (name != null) {
            builder.applicationName(name);
        }
        builder.options(options);
        more.accept(builder);
        return new R2dbcClient(wait(new PostgresqlConnectionFactory(builder.build()).create()));
    }

    static R2dbcClient open(Map<String, String> settings) {
        return open(settings, builder -> {});
    }

    static <T> T wait(Mono<T> answer) {
        return answer.block(LIMIT);
    }

    @Override
    public void execute(String... statements) {
        for (var sql : statements) {
            wait(connection
                    .createStatement(sql)
                    .execute()
                    .flatMap(PostgresqlResult::getRowsUpdated)
                    .then());
        }
    }

    PostgresqlStatement statement(String sql, Object... values) {
        var statement = connection.createStatement(sql);
        for (int i = 0; i < values.length; i++) {
            if (values[i] == null) {
                statement.bindNull(i, String.class);
            } else {
                statement.bind(i, values[i]);
            }
        }
        return statement;
    }

    /// @param part takes what is wanted from a row
    static <T> Flux<T> read(PostgresqlStatement statement, Function<Readable, T> part) {
        return statement.execute().flatMap(result -> result.map(part));
    }

    @Override
    public List<List<Object>> rows(String sql, Object... values) {
        return wait(statement(sql, values)
                .execute()
                .flatMap(result -> result.map((row, columns) -> {
                    List<Object> fields = new ArrayList<>();
                    for (int i = 0; i < columns.getColumnMetadatas().size(); i++) {
                        fields.add(row.get(i));
                    }
                    return fields;
                }))
                .collectList());
    }

    @Override
    public <T> T one(Class<T> type, String sql, Object... values) {
        // a stream holds no null
        var all = wait(read(statement(sql, values), row -> new Object[] {row.get(0, type)})
                .collectList());
        return type.cast(all.get(0)[0]);
    }

    @Override
    public void close() {
        wait(connection.close());
    }
}
