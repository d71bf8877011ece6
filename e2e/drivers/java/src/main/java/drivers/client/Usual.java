package drivers.client;

import static drivers.Scenarios.concurrently;
import static drivers.Scenarios.must;
import static drivers.Scenarios.mustFail;

import drivers.Scenarios;
import java.util.List;
import java.util.Map;

/// Scenarios that look alike with each driver: a statement, and its answer or its failure.
public record Usual<C extends Client>(Source<C> source) {

    /// What fails, by its SQLSTATE; the table keyed has a row 1.
    private static final Map<String, String> FAILING = Map.of(
            "selec 1", "42601",
            "select * from nowhere", "42P01",
            "insert into keyed values (1)", "23505",
            "select 'x'::int4", "22P02",
            "do $$ begin raise 'own'; end $$", "P0001",
            "select nothing_like_this(1)", "42883",
            "select 1/(i - 500) from generate_series(1, 1000) i", "22012");

    public Scenarios scenarios() {
        return new Scenarios()
                .add("login", this::login)
                .add("startup", this::startup)
                .add("errors", this::errors)
                .add("reconnect", this::reconnect);
    }

    private void login() {
        try (var c = source.open()) {
            must("user", c.one(String.class, "select current_user::text"), Scenarios.USER);
        }
        mustFail(
                "wrong password",
                "28P01",
                () -> source.open(Map.of(Source.PASSWORD, "wrong")).close());
    }

    private void startup() throws Exception {
        try (var c = source.open()) {
            for (int i = 0; i < 4; i++) {
                c.execute(
                        "create schema if not exists s" + i,
                        "drop table if exists s" + i + ".place",
                        "create table s" + i + ".place as select 's" + i + "' as name");
            }
        }
        concurrently(8, i -> {
            var settings = Map.of(
                    "application_name", "application " + i,
                    "search_path", "s" + i % 4,
                    "statement_timeout", "" + (20001 + i));
            try (var c = source.open(settings)) {
                for (int n = 0; n < 40; n++) {
                    var got = c.rows("select name, current_setting('application_name'),"
                            + " current_setting('statement_timeout') from place");
                    must("settings", got, List.of(List.of("s" + i % 4, "application " + i, (20001 + i) + "ms")));
                }
            }
        });
    }

    /// Asks by prepared statements on many connections, each time with a question of its own.
    public void prepared(List<Source<C>> sources) throws Exception {
        var servers = new Scenarios.Servers();
        for (int way = 0; way < sources.size(); way++) {
            var open = sources.get(way);
            int first = 10 * way;
            concurrently(6, connection -> {
                try (var c = open.open()) {
                    for (int i = 0; i < 50; i++) {
                        servers.add(first + connection, ask(c, connection * 1000 + i));
                    }
                }
            });
        }
        servers.check();
    }

    private static int ask(Client c, int question) {
        int kind = question % 7;
        var row = c.rows(
                        "select %d, $1::int4 * 2, pg_backend_pid() /* %d */%s".formatted(kind, kind, Scenarios.DAWDLE),
                        question)
                .get(0);
        must("answer", row.subList(0, 2), List.of(kind, question * 2));
        return (int) row.get(2);
    }

    private void errors() {
        try (var c = source.open()) {
            c.execute(
                    "drop table if exists keyed",
                    "create table keyed (id int4 primary key)",
                    "insert into keyed values (1)");
            for (var failing : FAILING.entrySet()) {
                var sql = failing.getKey();
                for (int n = 0; n < 3; n++) {
                    mustFail(sql, failing.getValue(), () -> c.execute(sql));
                    mustFail(sql + ", prepared", failing.getValue(), () -> c.rows(sql));
                }
                c.usable();
                c.execute("begin");
                mustFail("in a transaction: " + sql, failing.getValue(), () -> c.execute(sql));
                mustFail("failed transaction", "25P02", () -> c.execute("select 1"));
                c.execute("rollback");
            }
            c.usable();
        }
    }

    private void reconnect() {
        for (int n = 0; n < 3; n++) {
            try (var c = source.open();
                    var other = source.open()) {
                c.execute("begin");
                int pid = c.one(Integer.class, "select pg_backend_pid()");
                must("ended", other.one(Boolean.class, "select pg_terminate_backend($1, 5000)", pid), true);
                mustFail("a terminated server", () -> c.execute("select 1"));
            }
            try (var c = source.open()) {
                must("afterwards", c.one(Integer.class, "select $1::int4", n), n);
            }
        }
    }

    /// Rows of several megabytes.
    public void largeRows() {
        try (var c = source.open()) {
            var rows = c.rows("select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i");
            must("rows", rows.size(), 100);
            for (int n = 1; n <= rows.size(); n++) {
                var text = Character.toString(97 + n % 26).repeat(100000);
                must("row " + n, rows.get(n - 1).equals(List.of(n, text)), true);
            }
        }
    }
}
