package drivers.jdbc;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import java.sql.BatchUpdateException;
import java.util.List;
import java.util.Map;

/// Scenarios of many statements in one burst.
record Batches(Source source) {

    void batch() throws Exception {
        concurrently(3, i -> {
            for (var rewrite : List.of("false", "true")) {
                try (var c = source.open(Map.of("reWriteBatchedInserts", rewrite))) {
                    var table = "batch" + i;
                    Jdbc.execute(c, "drop table if exists " + table, "create table " + table + " (id int4, word text)");
                    try (var statement = c.prepareStatement("insert into " + table + " values (?, ?)")) {
                        for (int n = 0; n < 500; n++) {
                            statement.setInt(1, n);
                            statement.setString(2, "word " + n);
                            statement.addBatch();
                        }
                        must("counts", statement.executeBatch().length, 500);
                    }
                    try (var statement = c.createStatement()) {
                        for (int n = 0; n < 100; n++) {
                            statement.addBatch("update " + table + " set word = word || '!' where id < " + n);
                        }
                        var counts = statement.executeBatch();
                        for (int n = 0; n < 100; n++) {
                            must("count", counts[n], n);
                        }
                    }
                    must(
                            "rows",
                            Jdbc.one(
                                    c,
                                    Long.class,
                                    "select count(*) from " + table + " where word like 'word ' || id || '%'"),
                            500L);
                    must(
                            "marks",
                            Jdbc.one(
                                    c, Long.class, "select sum(length(word) - length(rtrim(word, '!'))) from " + table),
                            4950L);
                    // many statements in one simple query
                    try (var statement = c.createStatement()) {
                        statement.execute("select 1; select 2; select 3");
                        for (int n = 1; n <= 3; n++) {
                            statement.getResultSet().next();
                            must("statement", statement.getResultSet().getInt(1), n);
                            statement.getMoreResults();
                        }
                    }
                }
            }
        });
    }

    void batchError() throws Exception {
        concurrently(3, i -> {
            try (var c = source.open()) {
                var table = "batch_error" + i;
                Jdbc.execute(c, "drop table if exists " + table, "create table " + table + " (id int4 primary key)");
                for (int round = 0; round < 10; round++) {
                    try (var statement = c.prepareStatement("insert into " + table + " values (?)")) {
                        for (int n = 0; n < 300; n++) {
                            statement.setInt(1, round * 1000 + (n == 200 ? 0 : n));
                            statement.addBatch();
                        }
                        mustFail("a key twice", "23505", statement::executeBatch);
                    }
                    Jdbc.usable(c);
                    c.setAutoCommit(false);
                    try (var statement = c.createStatement()) {
                        statement.addBatch("insert into " + table + " values (" + (round * 1000 + 999) + ")");
                        statement.addBatch("select_nothing");
                        statement.addBatch("insert into " + table + " values (0)");
                        try {
                            statement.executeBatch();
                            throw new AssertionError("no failure");
                        } catch (BatchUpdateException e) {
                            must("state", e.getSQLState(), "42601");
                        }
                    }
                    c.rollback();
                    c.setAutoCommit(true);
                    must(
                            "rolled back",
                            Jdbc.one(c, Long.class, "select count(*) from " + table + " where id % 1000 = 999"),
                            0L);
                }
            }
        });
    }
}
