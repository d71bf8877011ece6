package drivers.jdbc;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import drivers.Scenarios;
import java.util.Map;

/// Scenarios of statements that are ended from outside: by a cancel request, by a limit of the server or of pgjdbc.
record Limits(Source source) {

    void cancel() throws Exception {
        concurrently(3, i -> {
            try (var c = source.open()) {
                for (int n = 0; n < 3; n++) {
                    if (i > 0) {
                        must(
                                "a neighbour's answer",
                                Jdbc.one(c, Integer.class, "select ?::int4 from pg_sleep(0.1)", i * 10 + n),
                                i * 10 + n);
                        continue;
                    }
                    try (var statement = c.createStatement()) {
                        mustFail(
                                "cancelled",
                                "57014",
                                () -> Scenarios.cancelling(
                                        statement::cancel, () -> statement.execute("select pg_sleep(30)")));
                    }
                    Jdbc.usable(c);
                }
            }
        });
    }

    void timeout() throws Exception {
        try (var c = source.open()) {
            c.setAutoCommit(false);
            Jdbc.execute(c, "set local statement_timeout = 50");
            mustFail("statement_timeout", "57014", () -> Jdbc.execute(c, "select pg_sleep(30)"));
            c.rollback();
            c.setAutoCommit(true);
            Jdbc.execute(c, "select pg_sleep(0.1)");
            // pgjdbc's own limit cancels
            try (var statement = c.createStatement()) {
                statement.setQueryTimeout(1);
                mustFail("query timeout", "57014", () -> statement.execute("select pg_sleep(30)"));
            }
            Jdbc.usable(c);
        }
        // and this one gives the connection up
        try (var c = source.open(Map.of("socketTimeout", "1"))) {
            mustFail("socket timeout", () -> Jdbc.execute(c, "select pg_sleep(3)"));
        }
        try (var c = source.open()) {
            Jdbc.usable(c);
        }
    }
}
