package io.pgdoorman.e2e.soak;

import java.io.StringReader;
import java.io.StringWriter;
import java.net.Socket;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/// Something that a client does, such that its answer says which question it answers.
enum Errand {
    SIMPLE {
        @Override
        void run(Call call) throws SQLException {
            try (var statement = call.connection.createStatement();
                    var rows = statement.executeQuery("select '" + call.question + "'")) {
                rows.next();
                call.must(rows.getString(1), call.question);
            }
        }
    },
    PREPARED {
        @Override
        void run(Call call) throws SQLException {
            for (int n = 0; n < 5; n++) {
                int kind = call.random.nextInt(30);
                call.must(
                        call.ask("select ?::text || '/" + kind + "'", call.question + n),
                        call.question + n + "/" + kind);
            }
        }
    },
    /// More statements than any cache keeps.
    NEW_STATEMENTS {
        @Override
        void run(Call call) throws SQLException {
            for (int n = 0; n < 10; n++) {
                int kind = call.random.nextInt(5000);
                call.must(
                        call.ask("select ?::text || '/new " + kind + "'", call.question + n),
                        call.question + n + "/new " + kind);
            }
        }
    },
    BATCH {
        @Override
        void run(Call call) throws SQLException {
            call.connection.setAutoCommit(false);
            insert(call, 100);
            call.must(call.ask("select count(*)::text from soak where owner = ?", call.question), "100");
            if (call.random.nextBoolean()) {
                call.connection.rollback();
            } else {
                call.ask(
                        "with gone as (delete from soak where owner = ? returning 1) select count(*) from gone",
                        call.question);
                call.connection.commit();
            }
            call.connection.setAutoCommit(true);
        }
    },
    BATCH_WITH_AN_ERROR {
        @Override
        void run(Call call) throws Exception {
            try (var statement = call.connection.prepareStatement("select 1 / ?::int4, ?::text")) {
                for (int n = 0; n < 60; n++) {
                    statement.setInt(1, n == 40 ? 0 : 1);
                    statement.setString(2, call.question);
                    statement.addBatch();
                }
                statement.executeBatch();
                throw new AssertionError("a division by zero was answered");
            } catch (BatchUpdateException e) {
                call.mustBe("22012", e);
            }
            SIMPLE.run(call);
        }
    },
    ERRORS_IN_A_TRANSACTION {
        @Override
        void run(Call call) throws SQLException {
            call.connection.setAutoCommit(false);
            insert(call, 3);
            var savepoint = call.connection.setSavepoint();
            call.mustFail("22012", "select 1/0");
            call.mustFail("25P02", "select 1");
            call.connection.rollback(savepoint);
            call.must(call.ask("select count(*)::text from soak where owner = ?", call.question), "3");
            call.connection.rollback();
            call.connection.setAutoCommit(true);
            call.must(call.ask("select count(*)::text from soak where owner = ?", call.question), "0");
        }
    },
    COPY_OUT {
        @Override
        void run(Call call) throws Exception {
            int rows = call.random.nextInt(3000);
            var text = new StringWriter();
            var copied = call.copy("copy (select '%s ' || i from generate_series(1, %d) i) to stdout", rows, text);
            call.must("" + copied, "" + rows);
            var lines = text.toString().lines().toList();
            for (int n = 0; n < rows; n++) {
                call.must(lines.get(n), call.question + " " + (n + 1));
            }
        }
    },
    COPY_IN {
        @Override
        void run(Call call) throws Exception {
            int rows = call.random.nextInt(3000);
            call.connection.setAutoCommit(false);
            var text = new StringBuilder();
            for (int n = 0; n < rows; n++) {
                text.append(call.question).append('\t').append(n).append('\n');
            }
            call.connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("copy soak (owner, n) from stdin", new StringReader(text.toString()));
            call.must(call.ask("select count(*)::text from soak where owner = ?", call.question), "" + rows);
            call.connection.rollback();
            call.connection.setAutoCommit(true);
        }
    },
    COPY_REFUSED {
        @Override
        void run(Call call) throws Exception {
            try {
                call.connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn(
                                "copy soak (owner, n) from stdin",
                                new StringReader("x\t1\n".repeat(500) + "x\tno number\n".repeat(5000)));
                throw new AssertionError("a bad COPY was taken");
            } catch (SQLException e) {
                call.mustBe("22P02", e);
            }
            SIMPLE.run(call);
        }
    },
    CANCEL {
        @Override
        void run(Call call) throws Exception {
            var own = call.connection.unwrap(PGConnection.class);
            var isEnded = new AtomicBoolean();
            var canceller = Thread.ofVirtual().start(() -> {
                try {
                    // the first may come before the statement, and Statement.cancel sends only that one
                    while (!isEnded.get()) {
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5 + call.random.nextInt(100)));
                        own.cancelQuery();
                    }
                } catch (SQLException e) {
                    call.tally.lost("cancel request " + e.getSQLState());
                }
            });
            try (var statement = call.connection.createStatement()) {
                statement.execute("select pg_sleep(20), '" + call.question + "'");
                throw new AssertionError("not cancelled in 20 s");
            } catch (SQLException e) {
                call.mustBe("57014", e);
            } finally {
                // no interrupt: it would end a request that PostgreSQL has yet to take, and the next query would be hit
                isEnded.set(true);
                canceller.join();
            }
        }
    },
    LARGE {
        @Override
        void run(Call call) throws SQLException {
            int times = 1 + call.random.nextInt(50000);
            call.must(call.ask("select repeat(?, " + times + ")", call.question), call.question.repeat(times));
        }
    },
    /// What a session remembers belongs to its client alone.
    STATE {
        @Override
        void run(Call call) throws SQLException {
            var found = call.ask("select coalesce(current_setting('soak.token', true), '') || ?::text", "");
            if (!"".equals(found) && !found.equals(call.token)) {
                throw new AssertionError("found the state of " + found);
            }
            call.connection.setAutoCommit(false);
            try (var statement = call.connection.createStatement()) {
                statement.execute("set soak.token = '" + call.question + "'");
                statement.execute("create temp table if not exists scrap (i int) on commit drop");
            }
            call.must(call.ask("select current_setting('soak.token') || ?::text", ""), call.question);
            call.connection.commit();
            call.connection.setAutoCommit(true);
        }
    },
    NOTICE {
        @Override
        void run(Call call) throws SQLException {
            try (var statement = call.connection.createStatement()) {
                statement.execute("do $$ begin raise warning '" + call.question + "'; end $$");
                call.must(
                        Objects.requireNonNull(statement.getWarnings(), "warning")
                                .getMessage(),
                        call.question);
            }
        }
    },
    CURSOR {
        @Override
        void run(Call call) throws SQLException {
            call.connection.setAutoCommit(false);
            try (var statement =
                    call.connection.prepareStatement("select ?::text || i from generate_series(1, 300) i")) {
                statement.setFetchSize(20);
                statement.setString(1, call.question);
                try (var rows = statement.executeQuery()) {
                    for (int n = 1; rows.next(); n++) {
                        call.must(rows.getString(1), call.question + n);
                    }
                }
            }
            call.connection.commit();
            call.connection.setAutoCommit(true);
        }
    },
    /// The client dies at a random moment of something else.
    DIE {
        @Override
        void run(Call call) throws Exception {
            var other = any(call.random);
            var killer = Thread.ofVirtual().start(() -> {
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(call.random.nextInt(20_000)));
                try {
                    BreakableSockets.reset(call.socket);
                } catch (java.io.IOException e) {
                    call.tally.wrong("a socket cannot be reset: " + e);
                }
            });
            try {
                (other == DIE ? SIMPLE : other).run(call);
            } finally {
                killer.join();
            }
        }
    };

    /// One errand of one client.
    ///
    /// @param token what this client last left in its session, if it has one of its own
    record Call(
            Connection connection,
            Socket socket,
            String question,
            @Nullable String token,
            Random random,
            Tally tally) {

        void must(@Nullable String got, String want) {
            if (!want.equals(got)) {
                throw new AssertionError("got %.100s, want %.100s".formatted(got, want));
            }
        }

        void mustBe(String state, SQLException e) throws SQLException {
            if (!state.equals(e.getSQLState())) {
                throw e;
            }
        }

        void mustFail(String state, String sql) throws SQLException {
            try (var statement = connection.createStatement()) {
                statement.execute(sql);
                throw new AssertionError(sql + " was answered");
            } catch (SQLException e) {
                mustBe(state, e);
            }
        }

        String ask(String sql, String value) throws SQLException {
            try (var statement = connection.prepareStatement(sql)) {
                statement.setString(1, value);
                try (var rows = statement.executeQuery()) {
                    rows.next();
                    return rows.getString(1);
                }
            }
        }

        long copy(String sql, int rows, StringWriter to) throws Exception {
            return connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql.formatted(question, rows), to);
        }
    }

    /// How often it is done beside the others.
    private static final Map<Errand, Integer> WEIGHTS = Map.of(SIMPLE, 10, PREPARED, 10, DIE, 1);

    private static final int USUAL = 3;

    abstract void run(Call call) throws Exception;

    static Errand any(Random random) {
        int all = 0;
        for (var errand : values()) {
            all += WEIGHTS.getOrDefault(errand, USUAL);
        }
        int chosen = random.nextInt(all);
        for (var errand : values()) {
            chosen -= WEIGHTS.getOrDefault(errand, USUAL);
            if (chosen < 0) {
                return errand;
            }
        }
        throw new IllegalStateException("weights");
    }

    private static void insert(Call call, int rows) throws SQLException {
        try (var statement = call.connection.prepareStatement("insert into soak (owner, n) values (?, ?)")) {
            for (int n = 0; n < rows; n++) {
                statement.setString(1, call.question);
                statement.setInt(2, n);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }
}
