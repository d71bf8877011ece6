package drivers.jdbc;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import drivers.Scenarios;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.postgresql.PGConnection;

/// Scenarios of how a connection begins, and how it goes on when something fails.
record Sessions(Source source) {

    void login() throws Exception {
        try (var c = source.open()) {
            must("user", Jdbc.one(c, String.class, "select current_user::text"), Scenarios.USER);
        }
        mustFail(
                "wrong password",
                "28P01",
                () -> Jdbc.direct(Map.of("password", "wrong")).close());
    }

    void startup() throws Exception {
        try (var c = source.open()) {
            for (int i = 0; i < 4; i++) {
                Jdbc.execute(
                        c,
                        "create schema if not exists s" + i,
                        "drop table if exists s" + i + ".place",
                        "create table s" + i + ".place as select 's" + i + "' as name");
            }
        }
        concurrently(8, i -> {
            var settings = Map.of(
                    "ApplicationName", "application " + i,
                    "currentSchema", "s" + i % 4,
                    "options", "-c statement_timeout=" + (20001 + i));
            try (var c = source.open(settings)) {
                for (int n = 0; n < 40; n++) {
                    var got = Jdbc.one(
                            c,
                            String.class,
                            "select name || '|' || current_setting('application_name') || '|' ||"
                                    + " current_setting('statement_timeout') from place");
                    must("settings", got, "s" + i % 4 + "|application " + i + "|" + (20001 + i) + "ms");
                }
            }
        });
    }

    void errors() throws Exception {
        try (var c = source.open()) {
            Jdbc.execute(
                    c,
                    "drop table if exists keyed",
                    "create table keyed (id int4 primary key)",
                    "insert into keyed values (1)");
            var states = Map.of(
                    "selec 1", "42601",
                    "select * from nowhere", "42P01",
                    "insert into keyed values (1)", "23505",
                    "select 'x'::int4", "22P02",
                    "do $$ begin raise 'own'; end $$", "P0001",
                    "select nothing_like_this(1)", "42883",
                    "select 1/(i - 500) from generate_series(1, 1000) i", "22012");
            for (var failing : states.entrySet()) {
                for (int n = 0; n < 7; n++) { // beyond pgjdbc's prepareThreshold
                    mustFail(failing.getKey(), failing.getValue(), () -> {
                        try (var statement = c.prepareStatement(failing.getKey())) {
                            statement.execute();
                        }
                    });
                }
                Jdbc.usable(c);
                c.setAutoCommit(false);
                mustFail(failing.getKey(), failing.getValue(), () -> Jdbc.execute(c, failing.getKey()));
                mustFail("failed transaction", "25P02", () -> Jdbc.execute(c, "select 1"));
                c.rollback();
                c.setAutoCommit(true);
            }
            Jdbc.usable(c);
        }
    }

    void reconnect() throws Exception {
        for (int n = 0; n < 3; n++) {
            try (var c = source.open()) {
                c.setAutoCommit(false);
                int pid = Jdbc.one(c, Integer.class, "select pg_backend_pid()");
                try (var other = source.open()) {
                    must(
                            "terminated",
                            Jdbc.one(other, Boolean.class, "select pg_terminate_backend(?, 5000)", pid),
                            true);
                }
                mustFail("a terminated server", () -> Jdbc.execute(c, "select 1"));
            }
            try (var c = source.open()) {
                must("afterwards", Jdbc.one(c, Integer.class, "select ?::int4", n), n);
            }
        }
    }

    void transactions() throws Exception {
        try (var c = source.open();
                var other = source.open()) {
            Jdbc.execute(c, "drop table if exists kept", "create table kept (id int4)");
            c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            c.setAutoCommit(false);
            Jdbc.execute(c, "insert into kept values (1)");
            var savepoint = c.setSavepoint("inner");
            Jdbc.execute(c, "insert into kept values (2)");
            mustFail("division", "22012", () -> Jdbc.execute(c, "select 1/0"));
            c.rollback(savepoint);
            Jdbc.execute(c, "insert into kept values (3)");
            must("seen by another", Jdbc.one(other, Long.class, "select count(*) from kept"), 0L);
            c.commit();
            must("seen by another", Jdbc.one(other, Long.class, "select count(*) from kept"), 2L);
            Jdbc.execute(c, "delete from kept");
            c.rollback();
            must("seen by another", Jdbc.one(other, Long.class, "select count(*) from kept"), 2L);
            c.setReadOnly(true);
            mustFail("read only", "25006", () -> Jdbc.execute(c, "delete from kept"));
            c.rollback();
            c.setReadOnly(false);
            c.setAutoCommit(true);
            c.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        }
        // each failed statement is taken back by a savepoint that pgjdbc sets
        try (var c = source.open(Map.of("autosave", "always"))) {
            c.setAutoCommit(false);
            for (int n = 0; n < 10; n++) {
                mustFail("division", "22012", () -> Jdbc.execute(c, "select 1/0"));
                Jdbc.usable(c);
            }
            c.commit();
        }
    }

    void listen() throws Exception {
        try (var c = source.open();
                var other = source.open()) {
            Jdbc.execute(c, "listen java_channel");
            for (int n = 0; n < 3; n++) {
                Jdbc.one(other, String.class, "select pg_notify('java_channel', ?)::text", "message " + n);
                var got = new ArrayList<String>();
                for (int tries = 0; got.isEmpty() && tries < 50; tries++) {
                    var some = c.unwrap(PGConnection.class).getNotifications(100);
                    for (var one : some == null ? new org.postgresql.PGNotification[0] : some) {
                        got.add(one.getName() + " " + one.getParameter());
                    }
                }
                must("notification", got, List.of("java_channel message " + n));
            }
            Jdbc.execute(c, "unlisten *");
        }
    }
}
