package drivers.vertx;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import drivers.Scenarios;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.data.Interval;
import io.vertx.pgclient.data.Point;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/// Statements in bursts and pipelines, of many types, and rows by parts.
final class Statements {

    private static final int PIPELINED = 64;

    void batch() throws Exception {
        concurrently(4, i -> {
            try (var c = VertxClient.open(Map.of(), options -> options.setPipeliningLimit(PIPELINED))) {
                for (int round = 0; round < 5; round++) {
                    burst(c, i * 1000 + round);
                    pipeline(c, i * 1000 + round);
                }
            }
        });
    }

    /// The values of one statement: a Bind and an Execute each, one Sync.
    private static void burst(VertxClient c, int first) {
        var values = IntStream.range(first, first + 100)
                .mapToObj(n -> Tuple.of(n, "question " + n))
                .toList();
        RowSet<Row> answer = VertxClient.wait(
                c.connection().preparedQuery("select $1::int4 + 1, $2::text").executeBatch(values));
        for (int n = first; n < first + 100; n++, answer = answer.next()) {
            must("answer", VertxClient.rows(answer), List.of(List.of(n + 1, "question " + n)));
        }
        must("more answers", answer, null);
    }

    /// All are on their way before the first is answered, each with its own Sync; simple ones among them.
    private static void pipeline(VertxClient c, int first) {
        List<Future<RowSet<Row>>> answers = new ArrayList<>();
        for (int n = 0; n < 100; n++) {
            answers.add(
                    n % 10 == 9
                            ? c.connection().query("select " + (first + n)).execute()
                            : c.ask("select $1::int4 + " + n % 5, first + n - n % 5));
        }
        for (int n = 0; n < 100; n++) {
            must("pipeline", VertxClient.rows(VertxClient.wait(answers.get(n))), List.of(List.of(first + n)));
        }
    }

    void batchError() throws Exception {
        concurrently(4, i -> {
            try (var c = VertxClient.open(Map.of(), options -> options.setPipeliningLimit(PIPELINED))) {
                c.execute("drop table if exists skipped" + i, "create table skipped" + i + " (n int4)");
                for (int round = 0; round < 10; round++) {
                    var values = IntStream.range(0, 60)
                            .mapToObj(n -> Tuple.of(n == 40 ? 0 : n + 1))
                            .toList();
                    mustFail(
                            "division in a burst",
                            "22012",
                            () -> VertxClient.wait(c.connection()
                                    .preparedQuery("insert into skipped" + i + " select 1 / $1::int4")
                                    .executeBatch(values)));
                    must("rows", c.one(Long.class, "select count(*) from skipped" + i), 0L);
                    var before = c.ask("select $1::int4", round);
                    var failing = c.ask("select 1 / $1::int4", 0);
                    var unknown = c.connection().query("selec 1").execute();
                    var after = c.ask("select 1 / $1::int4", 1);
                    must("before", VertxClient.rows(VertxClient.wait(before)), List.of(List.of(round)));
                    mustFail("division in a pipeline", "22012", () -> VertxClient.wait(failing));
                    mustFail("no statement", "42601", () -> VertxClient.wait(unknown));
                    must("after", VertxClient.rows(VertxClient.wait(after)), List.of(List.of(1)));
                    c.usable();
                }
            }
        });
    }

    void large() {
        try (var c = VertxClient.open(Map.of())) {
            for (int size : Scenarios.SIZES) {
                var sent = "x".repeat(size - 1) + "!";
                must(
                        size + " characters",
                        c.one(String.class, "select $1::text", sent).equals(sent),
                        true);
                var bytes = Buffer.buffer(sent.getBytes(StandardCharsets.UTF_8));
                must(
                        size + " bytes",
                        c.one(Buffer.class, "select $1::bytea", bytes).equals(bytes),
                        true);
            }
        }
    }

    void types() {
        try (var c = VertxClient.open(Map.of())) {
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
                there(c, "interval", Interval.of(1, 2, 3, 4, 5, 6, 7000));
                there(c, "point", new Point(1, 2.5));
                there(c, "int4[]", new Integer[] {1, 2, null, 3});
                there(c, "text[]", new String[] {"a", "b,c", "\"d\""});
                there(c, "jsonb", new JsonObject("{\"a\": [1.5, \"x\", null]}"));
                there(c, "bytea", Buffer.buffer(new byte[] {0, 1, -1, '\\'}));
                must("null", c.one(String.class, "select $1::text", (Object) null), null);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> void there(VertxClient c, String kind, T value) {
        var type = value instanceof Buffer ? (Class<T>) Buffer.class : (Class<T>) value.getClass();
        must(kind, c.one(type, "select $1::" + kind, value), value);
    }

    void cursor() throws Exception {
        concurrently(4, i -> {
            try (var c = VertxClient.open(Map.of())) {
                // a portal of Vert.x's client lives over several Syncs, so it needs a transaction
                c.execute("begin");
                var statement =
                        VertxClient.wait(c.connection().prepare("select $1::int4 + i from generate_series(1, 1000) i"));
                var cursor = statement.cursor(Tuple.of(i * 10000));
                var other = statement.cursor(Tuple.of(-i * 10000));
                int n = 0;
                do {
                    var rows = VertxClient.rows(VertxClient.wait(cursor.read(70)));
                    var others = VertxClient.rows(VertxClient.wait(other.read(70)));
                    for (int k = 0; k < rows.size(); k++) {
                        n++;
                        must("row", rows.get(k).get(0), i * 10000 + n);
                        must("row of the other", others.get(k).get(0), -i * 10000 + n);
                    }
                } while (cursor.hasMore());
                must("rows", n, 1000);
                VertxClient.wait(cursor.close());
                VertxClient.wait(other.close());
                leaveEarly(c);
                c.execute("commit");
                c.usable();
            }
        });
    }

    private static void leaveEarly(VertxClient c) {
        var statement = VertxClient.wait(c.connection().prepare("select i from generate_series(1, 1000000) i"));
        var stream = statement.createStream(20);
        var seen = new ArrayList<Integer>();
        var enough = new CompletableFuture<Void>();
        stream.exceptionHandler(enough::completeExceptionally).handler(row -> {
            seen.add(row.getInteger(0));
            if (seen.size() == 50) {
                stream.pause();
                enough.complete(null);
            }
        });
        enough.join();
        VertxClient.wait(stream.close());
        must(
                "rows of a stream",
                seen.subList(0, 50),
                IntStream.rangeClosed(1, 50).boxed().toList());
        c.usable();
    }
}
