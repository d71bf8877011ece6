package drivers.r2dbc;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import drivers.Scenarios;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.postgresql.codec.Json;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

/// Statements with many values, in bursts, of many types, and rows by parts.
final class Statements {

    void batch() throws Exception {
        concurrently(4, i -> {
            try (var c = R2dbcClient.open(Map.of())) {
                for (int round = 0; round < 5; round++) {
                    burst(c, i * 1000 + round);
                }
            }
        });
    }

    private static void burst(R2dbcClient c, int first) {
        // the values of one statement, one Bind and Execute each
        var statement = c.connection().createStatement("select $1::int4 + 1, $2::text");
        for (int n = 0; n < 100; n++) {
            statement.bind(0, first + n).bind(1, "question " + (first + n));
            if (n < 99) {
                statement.add();
            }
        }
        var answers = R2dbcClient.wait(R2dbcClient.read(statement, row -> List.of(row.get(0), row.get(1)))
                .collectList());
        must(
                "answers",
                answers,
                IntStream.range(first, first + 100)
                        .mapToObj(n -> List.of(n + 1, "question " + n))
                        .toList());
        // many statements as one simple query
        var batch = c.connection().createBatch();
        for (int n = 0; n < 50; n++) {
            batch.add("select " + (first + n));
        }
        var numbers = R2dbcClient.wait(batch.execute()
                .concatMap(result -> result.map(row -> row.get(0, Integer.class)))
                .collectList());
        must("batch", numbers, IntStream.range(first, first + 50).boxed().toList());
    }

    void batchError() throws Exception {
        concurrently(4, i -> {
            try (var c = R2dbcClient.open(Map.of())) {
                c.execute("drop table if exists skipped" + i, "create table skipped" + i + " (n int4)");
                for (int round = 0; round < 10; round++) {
                    var statement = c.connection().createStatement("insert into skipped" + i + " select 1 / $1::int4");
                    for (int n = 0; n < 60; n++) {
                        statement.bind(0, n == 40 ? 0 : n + 1);
                        if (n < 59) {
                            statement.add();
                        }
                    }
                    mustFail(
                            "division in a burst",
                            "22012",
                            () -> R2dbcClient.wait(statement
                                    .execute()
                                    .concatMap(PostgresqlResult::getRowsUpdated)
                                    .then()));
                    c.usable();
                    c.execute("delete from skipped" + i);
                    var batch = c.connection()
                            .createBatch()
                            .add("insert into skipped" + i + " values (1)")
                            .add("select 1/0")
                            .add("insert into skipped" + i + " values (2)");
                    mustFail(
                            "division in a batch",
                            "22012",
                            () -> R2dbcClient.wait(batch.execute()
                                    .concatMap(PostgresqlResult::getRowsUpdated)
                                    .then()));
                    must("rows", c.one(Long.class, "select count(*) from skipped" + i), 0L);
                }
            }
        });
    }

    void large() {
        try (var c = R2dbcClient.open(Map.of())) {
            for (int size : Scenarios.SIZES) {
                var sent = "x".repeat(size - 1) + "!";
                must(
                        size + " characters",
                        c.one(String.class, "select $1::text", sent).equals(sent),
                        true);
                var bytes = ByteBuffer.wrap(sent.getBytes(StandardCharsets.UTF_8));
                must(
                        size + " bytes",
                        c.one(ByteBuffer.class, "select $1::bytea", bytes).equals(bytes),
                        true);
            }
        }
    }

    void types() {
        for (var isBinary : List.of(true, false)) {
            try (var c = R2dbcClient.open(Map.of(), builder -> builder.forceBinary(isBinary))) {
                for (int n = 0; n < 2; n++) {
                    there(c, "bool", true);
                    there(c, "int2", Short.MIN_VALUE);
                    there(c, "int4", Integer.MAX_VALUE);
                    there(c, "int8", Long.MIN_VALUE);
                    there(c, "float4", 1.5f);
                    there(c, "float8", 3.141592653589793);
                    there(c, "numeric", new BigDecimal("123456789.00001"));
                    there(c, "text", "a ' \" \\ \u20ac \uD83D\uDE00 \n");
                    there(c, "date", LocalDate.of(2026, 2, 28));
                    there(c, "time", LocalTime.of(12, 34, 56, 789000));
                    there(c, "timestamp", LocalDateTime.of(2026, 11, 24, 12, 34, 56, 789000));
                    there(c, "timestamptz", OffsetDateTime.of(2026, 11, 24, 12, 34, 56, 789000, ZoneOffset.UTC));
                    there(c, "uuid", UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"));
                    there(c, "int4[]", new Integer[] {1, 2, null, 3});
                    there(c, "text[]", new String[] {"a", "b,c", "\"d\""});
                    there(c, "bytea", ByteBuffer.wrap(new byte[] {0, 1, -1, '\\'}));
                    var json = c.one(Json.class, "select $1::jsonb", Json.of("{\"a\": [1.5, \"x\", null]}"));
                    must("jsonb", json.asString(), "{\"a\": [1.5, \"x\", null]}");
                    must("null", c.one(String.class, "select $1::text", (Object) null), null);
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> void there(R2dbcClient c, String kind, T value) {
        var type = value instanceof ByteBuffer ? (Class<T>) ByteBuffer.class : (Class<T>) value.getClass();
        must(kind, c.one(type, "select $1::" + kind, value), value);
    }

    void cursor() throws Exception {
        concurrently(4, i -> {
            try (var c = R2dbcClient.open(Map.of())) {
                for (var isTransaction : List.of(false, true)) {
                    if (isTransaction) {
                        R2dbcClient.wait(c.connection().beginTransaction());
                    }
                    parts(c, i * 10000);
                    if (isTransaction) {
                        R2dbcClient.wait(c.connection().commitTransaction());
                    }
                }
            }
        });
    }

    /// Portals read by parts: to their end, and left early.
    private static void parts(R2dbcClient c, int first) {
        var all = c.statement("select $1::int4 + i from generate_series(1, 1000) i", first)
                .fetchSize(70);
        var numbers = R2dbcClient.wait(
                R2dbcClient.read(all, row -> row.get(0, Integer.class)).collectList());
        must(
                "rows",
                numbers,
                IntStream.rangeClosed(first + 1, first + 1000).boxed().toList());
        var many = c.statement("select i from generate_series($1::int4, 1000000) i", 1)
                .fetchSize(20);
        var some = R2dbcClient.wait(R2dbcClient.read(many, row -> row.get(0, Integer.class))
                .take(50)
                .collectList());
        must("some rows", some, IntStream.rangeClosed(1, 50).boxed().toList());
        must("afterwards", c.one(Integer.class, "select $1::int4", first), first);
    }
}
