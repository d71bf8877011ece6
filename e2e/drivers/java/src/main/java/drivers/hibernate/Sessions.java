package drivers.hibernate;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import drivers.Scenarios;
import drivers.jdbc.Jdbc;
import jakarta.persistence.LockModeType;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.hibernate.Session;
import org.hibernate.StaleObjectStateException;

/// Scenarios of how sessions begin, end and fail.
record Sessions(Orm orm) {

    private static final String SLEEP = "select cast(pg_sleep(30) as text), 1";

    /// What fails, by its SQLSTATE; the table keyed has a row 1.
    private static final Map<String, String> FAILING = Map.of(
            "select * from nowhere", "42P01",
            "insert into keyed values (1)", "23505",
            "select cast('x' as int4)", "22P02",
            "select nothing_like_this(1)", "42883",
            "select 1/(i - 500) from generate_series(1, 1000) i", "22012");

    void login() {
        orm.transaction(
                session -> must("user", Orm.row(session, "select cast(current_user as text), 1")[0], Scenarios.USER));
        mustFail("wrong password", "28P01", () -> Orm.create("wrong"));
    }

    void startup() throws Exception {
        try (var c = Jdbc.direct(Map.of())) {
            for (int i = 0; i < 4; i++) {
                Jdbc.execute(
                        c,
                        "create schema if not exists s" + i,
                        "drop table if exists s" + i + ".place",
                        "create table s" + i + ".place as select 's" + i + "' as name");
            }
        }
        concurrently(8, i -> {
            var properties = Map.of("ApplicationName", "application " + i, "currentSchema", "s" + i % 4);
            orm.alone(properties, session -> {
                for (int n = 0; n < 40; n++) {
                    var got = Orm.row(session, "select name, current_setting('application_name') from place");
                    must("settings", got, new Object[] {"s" + i % 4, "application " + i});
                }
            });
        });
    }

    void cancel() throws Exception {
        concurrently(3, i -> {
            for (int n = 0; n < 3; n++) {
                int question = i * 10 + n;
                if (i > 0) {
                    orm.transaction(session -> must(
                            "a neighbour's answer",
                            Orm.row(session, "select cast(?1 as int4), 1 from pg_sleep(0.1)", question)[0],
                            question));
                    continue;
                }
                var running = new AtomicReference<Session>();
                mustFail(
                        "cancelled",
                        "57014",
                        () -> Scenarios.cancelling(
                                () -> cancel(running.get()),
                                () -> orm.transaction(session -> {
                                    running.set(session);
                                    Orm.row(session, SLEEP);
                                })));
                orm.usable();
            }
        });
    }

    private static void cancel(Session session) {
        if (session != null) {
            session.cancelQuery();
        }
    }

    void timeout() {
        mustFail(
                "statement_timeout",
                "57014",
                () -> orm.transaction(session -> {
                    Orm.execute(session, "set local statement_timeout = 50");
                    Orm.row(session, SLEEP);
                }));
        orm.usable();
        mustFail(
                "the query's limit",
                "57014",
                () -> orm.transaction(session -> session.createNativeQuery(SLEEP, Object[].class)
                        .setTimeout(1)
                        .getResultList()));
        orm.usable();
    }

    void errors() {
        orm.transaction(session -> Orm.execute(
                session,
                "drop table if exists keyed",
                "create table keyed (id int4 primary key)",
                "insert into keyed values (1)"));
        for (var failing : FAILING.entrySet()) {
            for (int n = 0; n < 4; n++) { // beyond prepareThreshold
                mustFail(
                        failing.getKey(),
                        failing.getValue(),
                        () -> orm.transaction(session -> run(session, failing.getKey())));
            }
            orm.usable();
            mustFail(
                    "failed transaction",
                    "25P02",
                    () -> orm.transaction(session -> {
                        mustFail(failing.getKey(), failing.getValue(), () -> run(session, failing.getKey()));
                        Orm.row(session, "select 1, 2");
                    }));
        }
        orm.usable();
    }

    private static void run(Session session, String sql) {
        if (sql.startsWith("insert")) {
            Orm.execute(session, sql);
        } else {
            session.createNativeQuery(sql, Object.class).getResultList();
        }
    }

    void reconnect() {
        for (int n = 0; n < 3; n++) {
            mustFail(
                    "a terminated server",
                    () -> orm.transaction(session -> {
                        var pid = Orm.row(session, "select pg_backend_pid(), 1")[0];
                        end((int) pid);
                        Orm.row(session, "select 1, 2");
                    }));
            orm.usable();
        }
    }

    private static void end(int pid) {
        try (var other = Jdbc.direct(Map.of())) {
            must("ended", Jdbc.one(other, Boolean.class, "select pg_terminate_backend(?, 5000)", pid), true);
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    void transactions() {
        orm.empty();
        try (var session = orm.factory().openSession();
                var other = orm.factory().openSession()) {
            var transaction = session.beginTransaction();
            Orm.execute(session, "set transaction isolation level serializable");
            session.persist(new Person("one"));
            session.flush();
            session.doWork(connection -> {
                var savepoint = connection.setSavepoint();
                mustFail(
                        "a name twice",
                        "23505",
                        () -> Jdbc.execute(connection, "insert into Person (id, version, name) values (-1, 0, 'one')"));
                connection.rollback(savepoint);
            });
            session.persist(new Person("two"));
            session.flush();
            must("seen by another", Orm.people(other), 0L);
            transaction.commit();
            must("seen by another", Orm.people(other), 2L);
        }
        mustFail(
                "given up",
                () -> orm.transaction(session -> {
                    session.createMutationQuery("delete from Person").executeUpdate();
                    throw new IllegalStateException("given up");
                }));
        orm.transaction(session -> must("seen by another", Orm.people(session), 2L));
        bothChange();
    }

    /// Who changes what another changed meanwhile is told, and who has locked it is waited for.
    private void bothChange() {
        try (var session = orm.factory().openSession()) {
            var transaction = session.beginTransaction();
            var stale = session.createSelectionQuery("from Person where name = 'one'", Person.class)
                    .getSingleResult();
            orm.transaction(other -> {
                var same = other.find(Person.class, stale.id, LockModeType.PESSIMISTIC_WRITE);
                same.name = "uno";
            });
            stale.name = "eins";
            try {
                session.flush();
                throw new AssertionError("a stale row was written");
            } catch (RuntimeException e) {
                must("stale: " + e, e.getCause() instanceof StaleObjectStateException, true);
            }
            transaction.rollback();
        }
        orm.transaction(session -> must("people", Orm.people(session), 2L));
    }
}
