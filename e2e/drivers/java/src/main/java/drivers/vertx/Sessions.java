package drivers.vertx;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import drivers.Scenarios;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Limits, transactions and notifications.
final class Sessions {

    void cancel() throws Exception {
        concurrently(3, i -> {
            try (var c = VertxClient.open(Map.of())) {
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
                                    () -> VertxClient.wait(c.connection().cancelRequest()),
                                    () -> c.execute("select pg_sleep(30)")));
                    c.usable();
                }
            }
        });
    }

    void timeout() {
        try (var c = VertxClient.open(Map.of())) {
            c.execute("begin", "set local statement_timeout = 50");
            mustFail("statement_timeout", "57014", () -> c.execute("select pg_sleep(30)"));
            c.execute("rollback", "select pg_sleep(0.1)");
            // the caller's limit gives up the answer, not the statement: what follows is sent behind it
            try {
                VertxClient.wait(c.ask("select pg_sleep(1)").timeout(50, TimeUnit.MILLISECONDS));
                throw new AssertionError("pg_sleep(1) ended within 50 ms");
            } catch (CompletionException e) {
                must("the caller's limit", e.getCause() instanceof TimeoutException, true);
            }
            c.usable();
        }
        try (var c = VertxClient.open(Map.of("statement_timeout", "500"))) {
            for (int n = 0; n < 5; n++) {
                mustFail("statement_timeout", "57014", () -> c.execute("select pg_sleep(30)"));
                c.execute("select 1");
            }
        }
    }

    void transactions() {
        try (var c = VertxClient.open(Map.of());
                var other = VertxClient.open(Map.of())) {
            c.execute("drop table if exists kept", "create table kept (id int4)");
            var transaction = VertxClient.wait(c.connection().begin());
            c.execute("insert into kept values (1)", "savepoint inner_one", "insert into kept values (2)");
            // without a rollback of the driver's own, which a failure in its transaction begins
            c.execute("rollback to savepoint inner_one", "insert into kept values (3)");
            must("seen by another", other.one(Long.class, "select count(*) from kept"), 0L);
            VertxClient.wait(transaction.commit());
            must("seen by another", other.one(Long.class, "select count(*) from kept"), 2L);
            var failing = VertxClient.wait(c.connection().begin());
            c.rows("delete from kept where id > $1", 0);
            mustFail("division", "22012", () -> c.execute("select 1/0"));
            mustFail("it has been rolled back", () -> VertxClient.wait(failing.commit()));
            must("seen by another", other.one(Long.class, "select count(*) from kept"), 2L);
            var given = VertxClient.wait(c.connection().begin());
            c.execute("delete from kept");
            VertxClient.wait(given.rollback());
            must("seen by another", other.one(Long.class, "select count(*) from kept"), 2L);
            c.usable();
        }
    }

    void listen() throws Exception {
        try (var c = VertxClient.open(Map.of());
                var other = VertxClient.open(Map.of())) {
            var heard = new LinkedBlockingQueue<String>();
            c.connection().notificationHandler(one -> heard.add(one.getChannel() + " " + one.getPayload()));
            c.execute("listen vertx_channel");
            for (int n = 0; n < 3; n++) {
                other.one(Object.class, "select pg_notify('vertx_channel', $1)::text", "message " + n);
                must("notification", heard.poll(20, TimeUnit.SECONDS), "vertx_channel message " + n);
            }
            c.execute("unlisten *");
        }
    }
}
