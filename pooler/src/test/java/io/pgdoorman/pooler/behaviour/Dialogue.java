package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.bindPortal;
import static io.pgdoorman.pooler.script.Message.closePortal;
import static io.pgdoorman.pooler.script.Message.closeStatement;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.copyDone;
import static io.pgdoorman.pooler.script.Message.copyFail;
import static io.pgdoorman.pooler.script.Message.describePortal;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.flush;
import static io.pgdoorman.pooler.script.Message.functionCall;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static io.pgdoorman.pooler.script.Message.tagged;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.WireClient;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Scripts for one client whose replies through the pooler must be PostgreSQL's, in any pool mode.
///
/// They use the tables of [#TABLES], and leave them as they found them.
@SuppressWarnings("ImmutableEnumChecker") // the scripts keep nothing
enum Dialogue {
    SIMPLE_QUERIES(client -> {
        client.asks("select 1 as one, null as nothing, 'text' as t");
        client.asks("select 1; select 2; select 3");
        client.asks("");
        client.asks(";;");
        client.asks("select from generate_series(1, 3)");
        client.asks("select repeat('x', 300000)");
        client.asks("select g, repeat('y', 100) from generate_series(1, 2000) g");
    }),
    SIMPLE_ERRORS(client -> {
        client.asks("selec 1");
        client.asks("select 1; select 1/0; select 2");
        client.asks("select g, 10 / (g - 500) from generate_series(1, 1000) g");
        client.asks("select nothing from nowhere");
        client.asks("do $$ begin raise exception 'own' using errcode = 'P0042', detail = 'd', hint = 'h'; end $$");
        client.asks("select 1");
    }),
    TRANSACTIONS(client -> {
        client.asks("begin");
        client.asks("select 1");
        client.asks("commit");
        client.asks("begin; select 1/0");
        client.asks("select 1");
        client.asks("commit");
        client.asks("commit");
        client.asks("begin");
        client.asks("savepoint a");
        client.asks("select 1/0");
        client.asks("rollback to a");
        client.asks("select 2");
        client.asks("end; select 3; begin");
        client.asks("abort");
        client.asks("start transaction isolation level serializable read only");
        client.asks("insert into item values (7, 'seven')");
        client.asks("rollback");
    }),
    NOTICES(client -> {
        client.asks("do $$ begin raise notice 'one'; raise warning 'two'; end $$");
        client.asks("select 1; do $$ begin raise notice 'three'; end $$; select 2");
        client.sends(parse("", "do $$ begin raise notice 'four'; end $$"), bind(""), execute(), sync())
                .receivesReady();
        client.asks("rollback");
    }),
    PARAMETER_STATUS(client -> {
        client.asks("begin");
        client.asks("set timezone to 'Asia/Tokyo'");
        client.asks("set application_name to 'inside'; set datestyle to 'German'");
        client.asks("rollback");
        client.asks("begin; set local intervalstyle to 'iso_8601'; select interval '1 day'; commit");
    }),
    EXTENDED(client -> {
        client.sends(
                        parse("", "select $1::int4 + 1 as sum, $2::text as t", 23, 25),
                        describeStatement(""),
                        bind("", "41", null),
                        describePortal(""),
                        execute(),
                        sync())
                .receivesReady();
        client.sends(bind("", "1", "again"), execute(), sync()).receivesReady();
        client.sends(parse("", "begin"), bind(""), describePortal(""), execute(), sync())
                .receivesReady();
        client.sends(parse("", ""), bind(""), describePortal(""), execute(), sync())
                .receivesReady();
        client.sends(parse("", "commit"), bind(""), execute(), sync()).receivesReady();
        client.sends(sync()).receivesReady();
        client.sends(sync(), sync(), sync()).receivesReady(3);
    }),
    PORTALS(client -> {
        client.asks("begin");
        client.sends(
                        parse("rows", "select g from generate_series(1, 10) g"),
                        bindPortal("p", "rows"),
                        execute("p", 3),
                        execute("p", 3),
                        sync())
                .receivesReady();
        client.sends(execute("p", 0), closePortal("p"), sync()).receivesReady();
        client.sends(execute("p", 0), sync()).receivesReady();
        client.asks("rollback");
        client.sends(closeStatement("rows"), sync()).receivesReady();
        client.sends(parse("", "select g from generate_series(1, 5) g"), bind(""), execute("", 2), sync())
                .receivesReady();
        client.sends(execute("", 2), sync()).receivesReady();
    }),
    NAMED_STATEMENTS(client -> {
        client.sends(parse("s1", "select $1::text || '!'"), parse("s2", "select 2"), sync())
                .receivesReady();
        for (int i = 0; i < 3; i++) {
            client.sends(bind("s1", "n" + i), execute(), bind("s2"), execute(), sync())
                    .receivesReady();
        }
        client.sends(describeStatement("s1"), describeStatement("s2"), sync()).receivesReady();
        client.sends(closeStatement("s1"), sync()).receivesReady();
        client.sends(bind("s1", "gone"), execute(), sync()).receivesReady();
        client.sends(closeStatement("never"), sync()).receivesReady();
        client.sends(parse("s1", "select 'new'"), bind("s1"), execute(), sync()).receivesReady();
        client.sends(closeStatement("s1"), closeStatement("s2"), sync()).receivesReady();
    }),
    STATEMENT_ERRORS(client -> {
        client.sends(parse("e1", "select 1"), sync()).receivesReady();
        client.sends(parse("e1", "select 2"), sync()).receivesReady();
        client.sends(bind("e1"), execute(), sync()).receivesReady();
        client.sends(parse("e2", "selec 1"), bind("e2"), execute(), sync()).receivesReady();
        client.sends(bind("e2"), execute(), sync()).receivesReady();
        client.sends(describeStatement("e2"), sync()).receivesReady();
        client.sends(bind("unknown"), sync()).receivesReady();
        client.sends(execute("unknown", 0), sync()).receivesReady();
        client.sends(describePortal("unknown"), sync()).receivesReady();
        client.sends(parse("e3", "select $1::int"), bind("e3", "x"), execute(), sync())
                .receivesReady();
        client.sends(bind("e3"), execute(), sync()).receivesReady();
        client.sends(bind("e3", "3"), execute(), sync()).receivesReady();
        client.sends(parse("e4", "select 1/(1 - $1::int)"), bind("e4", "1"), execute(), sync())
                .receivesReady();
        client.sends(bind("e4", "2"), execute(), sync()).receivesReady();
        client.sends(closeStatement("e1"), closeStatement("e3"), closeStatement("e4"), sync())
                .receivesReady();
    }),
    DUPLICATE_BEHIND_OTHERS(client -> {
        client.sends(parse("d1", "select 1"), parse("d2", "select 2"), sync()).receivesReady();
        client.sends(
                        parse("d3", "select 3"),
                        bind("d3"),
                        execute(),
                        parse("d1", "select 'other'"),
                        bind("d2"),
                        execute(),
                        sync())
                .receivesReady();
        client.sends(bind("d1"), execute(), sync()).receivesReady();
        client.sends(bind("d3"), execute(), bind("d2", "too many"), sync()).receivesReady();
        client.asks("begin; select 1/0");
        client.sends(parse("d1", "select 'other'"), sync()).receivesReady();
        client.asks("rollback");
        client.sends(parse("d4", "select $1::int"), bind("d4"), execute(), sync())
                .receivesReady();
        client.sends(closeStatement("d1"), closeStatement("d2"), closeStatement("d3"), sync())
                .receivesReady();
    }),
    PARSE_BEFORE_AN_ERROR_IN_THE_SAME_BATCH(client -> {
        client.sends(parse("k1", "select 1"), parse("k2", "selec 1"), parse("k3", "select 3"), sync())
                .receivesReady();
        client.sends(bind("k1"), execute(), sync()).receivesReady();
        client.sends(bind("k3"), execute(), sync()).receivesReady();
        client.sends(closeStatement("k1"), sync()).receivesReady();
    }),
    STATEMENTS_IN_A_FAILED_TRANSACTION(client -> {
        client.sends(parse("t1", "select 1"), sync()).receivesReady();
        client.asks("begin; select 1/0");
        client.sends(bind("t1"), execute(), sync()).receivesReady();
        client.sends(parse("t2", "select 2"), sync()).receivesReady();
        client.sends(parse("t3", "rollback"), bind("t3"), execute(), sync()).receivesReady();
        client.sends(bind("t1"), execute(), sync()).receivesReady();
        client.sends(closeStatement("t1"), closeStatement("t3"), sync()).receivesReady();
    }),
    PIPELINE(client -> {
        List<Message> batch = new ArrayList<>(List.of(parse("pipe", "select $1::text")));
        for (int i = 0; i < 50; i++) {
            batch.addAll(List.of(bind("pipe", "v" + i), execute(), sync()));
        }
        client.sends(batch.toArray(Message[]::new)).receivesReady(50);
        client.sends(query("select 1"), query("select 1/0"), query("begin"), query("select 2"), query("commit"))
                .receivesReady(5);
        client.sends(closeStatement("pipe"), sync()).receivesReady();
    }),
    ERROR_IN_A_PIPELINE(client -> {
        client.sends(
                        parse("", "select 1/(2 - $1::int)"),
                        bind("", "1"),
                        execute(),
                        bind("", "2"),
                        execute(),
                        bind("", "3"),
                        execute(),
                        sync(),
                        bind("", "4"),
                        execute(),
                        sync(),
                        query("select 'after'"))
                .receivesReady(3);
        client.sends(parse("", "selec"), query("select 'skipped'"), parse("", "select 2"), sync(), query("select 3"))
                .receivesReady(2);
        client.sends(
                        parse("", "insert into item values (100, 'a')"),
                        bind(""),
                        execute(),
                        parse("", "select 1/0"),
                        bind(""),
                        execute(),
                        sync())
                .receivesReady();
        client.asks("select count(*) from item where id = 100");
    }),
    FLUSH(client -> {
        client.sends(parse("f", "select $1::int"), describeStatement("f"), flush())
                .receives(3);
        client.sends(bind("f", "1"), describePortal(""), flush()).receives(2);
        client.sends(execute(), flush()).receives(2);
        client.sends(sync()).receivesReady();
        client.sends(flush(), flush(), sync()).receivesReady();
        client.sends(bind("f", "x"), flush()).receives();
        client.sends(bind("f", "2"), execute(), flush(), sync()).receivesReady();
        client.sends(bind("f", "3"), execute(), flush()).receives(3);
        client.sends(closeStatement("f"), flush()).receives();
        client.sends(sync()).receivesReady();
    }),
    COPY_IN(client -> {
        client.asks("truncate copied");
        client.sends(query("copied is no statement; copy copied from stdin")).receivesReady();
        client.sends(query("copy copied from stdin")).receives();
        client.sends(copyData("1\ta\n2\tb"), copyData("\n3\tc\n"), copyDone()).receivesReady();
        client.sends(query("copy copied from stdin"), copyData("4\td\n"), copyDone(), query("select 1"))
                .receivesReady(2);
        client.sends(query("copy copied from stdin; select count(*) from copied"))
                .receives();
        client.sends(copyDone()).receivesReady();
        client.asks("select id, name from copied order by id");
        client.sends(query("copy copied from stdin"), copyDone(), copyDone(), copyData("late"), query("select 2"))
                .receivesReady(2);
    }),
    COPY_IN_ERRORS(client -> {
        client.asks("truncate copied");
        client.sends(query("copy copied from stdin")).receives();
        client.sends(copyData("1\ta\n"), copyFail("enough")).receivesReady();
        client.sends(query("copy copied from stdin")).receives();
        client.sends(copyData("x\ty\n"), copyData("2\tb\n"), copyDone()).receivesReady();
        client.sends(
                        query("copy copied from stdin"),
                        copyData("x\n"),
                        copyData("y\n"),
                        copyFail("f"),
                        query("select 1"))
                .receivesReady(2);
        client.sends(query("copy copied from stdin; select 1"), sync(), flush(), copyDone())
                .receivesReady();
        client.asks("begin");
        client.sends(query("copy copied from stdin")).receives();
        client.sends(copyFail("in a transaction")).receivesReady();
        client.asks("select 1");
        client.asks("rollback");
        client.asks("select count(*) from copied");
    }),
    QUERY_WHILE_COPYING_IN(client -> client.sends(query("copy copied from stdin"), query("select 'late'"))
            .receivesToEnd()),
    COPY_IN_EXTENDED(client -> {
        client.asks("truncate copied");
        client.sends(parse("", "copy copied from stdin"), bind(""), execute(), sync())
                .receivesUntil('G');
        client.sends(copyData("1\ta\n"), copyDone(), sync()).receivesReady();
        client.sends(parse("", "copy copied from stdin"), bind(""), execute(), flush())
                .receivesUntil('G');
        client.sends(copyData("x\ta\n"), copyDone(), sync()).receivesReady();
        client.sends(parse("", "copy copied from stdin"), bind(""), execute(), copyData("2\tb\n"), copyDone(), sync())
                .receivesReady();
        client.sends(parse("", "copy copied from stdin"), bind(""), execute(), copyFail("no"), sync())
                .receivesReady();
        client.asks("select id, name from copied order by id");
    }),
    COPY_OUT(client -> {
        client.asks("copy (select g, repeat('z', 50) from generate_series(1, 5000) g) to stdout");
        client.asks("copy (select 1/(3 - g) from generate_series(1, 5) g) to stdout");
        client.asks("copy (select 1) to stdout; copy (select 2) to stdout (format csv); select 3");
        client.sends(parse("", "copy (select 4) to stdout"), bind(""), describePortal(""), execute(), sync())
                .receivesReady();
        client.sends(query("copy (select 5) to stdout"), copyFail("none is running"), query("select 6"))
                .receivesReady(2);
    }),
    FUNCTION_CALLS(client -> {
        client.sends(functionCall(177, "20", "22")).receivesReady(); // int4pl
        client.sends(functionCall(154, "1", "0")).receivesReady(); // int4div
        client.sends(functionCall(1, "1")).receivesReady();
        client.sends(functionCall(177, "1")).receivesReady();
        client.asks("begin");
        client.sends(functionCall(177, "1", "2"), functionCall(154, "1", "0"), functionCall(177, "3", "4"))
                .receivesReady(3);
        client.asks("rollback");
    }),
    CURSORS(client -> {
        client.asks("begin");
        client.asks("declare c cursor for select g from generate_series(1, 10) g");
        client.asks("fetch 3 from c");
        client.asks("move 2 from c; fetch all from c");
        client.asks("close c");
        client.asks("commit");
    }),
    SQL_PREPARE_IN_ONE_TRANSACTION(client -> {
        client.asks("begin");
        client.asks("prepare q(int) as select $1 + 1");
        client.asks("execute q(1)");
        client.sends(bind("q", "2"), execute(), sync()).receivesReady();
        client.asks("deallocate q");
        client.asks("execute q(1)");
        client.asks("rollback");
    }),
    MALFORMED_BODIES(client -> {
        client.sends(tagged('B', new byte[] {0, 0, 0}), sync()).receivesReady();
        client.sends(tagged('P', "name".getBytes(UTF_8)), sync()).receivesReady();
        client.sends(tagged('D', new byte[] {'X', 0}), sync()).receivesReady();
        client.sends(tagged('C', new byte[] {'X', 0}), sync()).receivesReady();
        client.sends(tagged('E', new byte[] {0}), sync()).receivesReady();
        client.sends(tagged('Q', "select 1".getBytes(UTF_8))).receivesReady();
        client.sends(tagged('Q', "a\0b\0".getBytes(UTF_8))).receivesReady();
        client.sends(tagged('B', new byte[] {0, 0, 0, 1, 0, 9, 0, 1, 127, -1, -1, -1}), sync())
                .receivesReady();
        client.asks("select 'still here'");
    }),
    TERMINATE_IN_A_TRANSACTION(client ->
            client.sends(query("begin"), query("select 1"), Message.terminate()).receivesToEnd()),
    TERMINATE_BEHIND_A_LARGE_ANSWER(client -> client.sends(
                    query("select repeat('x', 1000) from generate_series(1, 20000)"), Message.terminate())
            .receivesToEnd()),
    UNKNOWN_MESSAGE_IN_A_TRANSACTION(client -> client.sends(
                    query("begin"), parse("", "select 1"), bind(""), execute(), sync(), tagged('y', new byte[0]))
            .receivesToEnd()),
    UNKNOWN_MESSAGE(
            client -> client.sends(query("select 1"), tagged('y', new byte[0])).receivesToEnd()),
    TERMINATE(client -> client.sends(query("select 1"), Message.terminate()).receivesToEnd());

    /// What the scripts read and write.
    static final String[] TABLES = {
        "drop table if exists item, copied",
        "create table item (id int primary key, name text)",
        "create table copied (id int, name text)",
        "insert into item select g, 'item ' || g from generate_series(1, 10) g",
        "grant all on item, copied to public",
        "alter table item owner to app",
        "alter table copied owner to app"
    };

    private final Consumer<WireClient> script;

    Dialogue(Consumer<WireClient> script) {
        this.script = script;
    }

    Consumer<WireClient> script() {
        return script;
    }
}
