package drivers.r2dbc;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import drivers.Scenarios;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.r2dbc.postgresql.api.Notification;
import io.r2dbc.spi.IsolationLevel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Flux;

/// COPY, limits, transactions and notifications.
final class Sessions {

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    void copyIn() {
        try (var c = R2dbcClient.open(Map.of())) {
            c.execute("drop table if exists copied", "create table copied (id int4, word text)");
            var lines = Flux.range(0, 20000).map(i -> bytes(i + "\tword " + i + "\n"));
            long copied = R2dbcClient.wait(
                    c.connection().copyIn("copy copied from stdin").from(lines).build());
            must("rows", copied, 20000L);
            must("rows", c.one(Long.class, "select count(*) from copied where word = 'word ' || id"), 20000L);
        }
    }

    void copyError() {
        try (var c = R2dbcClient.open(Map.of())) {
            c.execute("drop table if exists refused", "create table refused (id int4)");
            var bad = Flux.just("1\n".repeat(3000), "no number\n", "2\n".repeat(50000))
                    .map(Sessions::bytes);
            mustFail(
                    "refused by the server",
                    "22P02",
                    () -> R2dbcClient.wait(c.connection()
                            .copyIn("copy refused from stdin")
                            .from(bad)
                            .build()));
            c.usable();
            var broken =
                    Flux.concat(Flux.just(bytes("1\n2\n")), Flux.error(new IllegalStateException("the source broke")));
            mustFail(
                    "given up by the client",
                    () -> R2dbcClient.wait(c.connection()
                            .copyIn("copy refused from stdin")
                            .from(broken)
                            .build()));
            c.usable();
            must("rows", c.one(Long.class, "select count(*) from refused"), 0L);
        }
    }

    void cancel() throws Exception {
        concurrently(3, i -> {
            try (var c = R2dbcClient.open(Map.of())) {
                for (int n = 0; n < 3; n++) {
                    if (i > 0) {
                        int question = i * 10 + n;
                        var answer = c.one(Integer.class, "select $1::int4 from pg_sleep(0.1)", question);
                        must("a neighbour's answer", answer, question);
                        continue;
                    }
                    mustFail(
                            "cancelled",
                            "57014",
                            () -> Scenarios.cancelling(
                                    () -> R2dbcClient.wait(c.connection().cancelRequest()),
                                    () -> c.execute("select pg_sleep(30)")));
                    c.usable();
                }
            }
        });
    }

    void timeout() {
        try (var c = R2dbcClient.open(Map.of())) {
            c.execute("begin", "set local statement_timeout = 50");
            mustFail("statement_timeout", "57014", () -> c.execute("select pg_sleep(30)"));
            c.execute("rollback", "select pg_sleep(0.1)");
            // the caller's limit gives up the answer, not the statement: what follows is sent behind it
            try {
                c.connection()
                        .createStatement("select pg_sleep(1)")
                        .execute()
                        .flatMap(result -> result.map(row -> 1))
                        .timeout(Duration.ofMillis(50))
                        .blockLast(R2dbcClient.LIMIT);
                throw new AssertionError("pg_sleep(1) ended within 50 ms");
            } catch (RuntimeException e) {
                must("the caller's limit", e.getCause() instanceof TimeoutException, true);
            }
            c.usable();
        }
        try (var c = R2dbcClient.open(Map.of(), builder -> builder.statementTimeout(Duration.ofMillis(50)))) {
            for (int n = 0; n < 5; n++) {
                mustFail("statementTimeout", "57014", () -> c.execute("select pg_sleep(30)"));
                c.usable();
            }
        }
    }

    void transactions() {
        try (var c = R2dbcClient.open(Map.of());
                var other = R2dbcClient.open(Map.of())) {
            var connection = c.connection();
            c.execute("drop table if exists kept", "create table kept (id int4)");
            R2dbcClient.wait(connection.beginTransaction(IsolationLevel.SERIALIZABLE));
            must("level", c.one(String.class, "show transaction_isolation"), "serializable");
            c.execute("insert into kept values (1)");
            R2dbcClient.wait(connection.createSavepoint("inner_one"));
            c.execute("insert into kept values (2)");
            mustFail("division", "22012", () -> c.execute("select 1/0"));
            R2dbcClient.wait(connection.rollbackTransactionToSavepoint("inner_one"));
            c.execute("insert into kept values (3)");
            must("seen by another", other.one(Long.class, "select count(*) from kept"), 0L);
            R2dbcClient.wait(connection.commitTransaction());
            must("seen by another", other.one(Long.class, "select count(*) from kept"), 2L);
            R2dbcClient.wait(connection.beginTransaction());
            c.execute("delete from kept");
            R2dbcClient.wait(connection.rollbackTransaction());
            must("seen by another", other.one(Long.class, "select count(*) from kept"), 2L);
        }
    }

    void listen() throws Exception {
        try (var c = R2dbcClient.open(Map.of());
                var other = R2dbcClient.open(Map.of())) {
            var heard = new LinkedBlockingQueue<Notification>();
            var listening = c.connection().getNotifications().subscribe(heard::add);
            c.execute("listen r2dbc_channel");
            for (int n = 0; n < 3; n++) {
                other.one(String.class, "select pg_notify('r2dbc_channel', $1)::text", "message " + n);
                var notification = heard.poll(20, TimeUnit.SECONDS);
                must(
                        "notification",
                        notification == null ? null : notification.getName() + " " + notification.getParameter(),
                        "r2dbc_channel message " + n);
            }
            c.execute("unlisten *");
            listening.dispose();
        }
    }
}
