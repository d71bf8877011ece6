package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.copyData;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static io.pgdoorman.pooler.script.Message.terminate;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Tables;
import io.pgdoorman.pooler.script.WireClient;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// One server for all clients of a user: what one leaves behind, the next must not find.
class IsolationIT {
    private static final EmbeddedPg POSTGRES = EmbeddedPg.shared();
    private static final PoolerFixture POOLER = PoolerFixture.wish().poolSize(1).start();
    private static final Door DOOR = POOLER.door();

    @BeforeAll
    static void makesTables() {
        POSTGRES.does(Tables.sql());
    }

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    /// The server keeps what was set until somebody works on it who wants something else.
    @Test
    void settingsAreUndoneInTheWriteOfTheNextWork() {
        // given
        try (var client = POOLER.door().login();
                var next = POOLER.door().login();
                var direct = EmbeddedPg.shared().door().login()) {
            var pid = client.asksOne("select pg_backend_pid()");

            // when
            client.asks("set work_mem to '7MB'; set search_path to pg_catalog; set app.tenant to 42");

            // then
            assertThat(direct.asksOne("select query from pg_stat_activity where pid = " + pid))
                    .startsWith("set work_mem");
            assertThat(next.asksOne("select pg_backend_pid()")).isEqualTo(pid);
            assertThat(next.asksOne("show work_mem")).isEqualTo("4MB");
            assertThat(next.asksOne("select current_setting('app.tenant') || current_setting('search_path')"))
                    .isEqualTo("\"$user\", public");
        }
    }

    /// A role that is gone stands for all that may refuse it, as a cancelled query or a want of memory.
    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "deferred", "batches", "queries"})
    void workIsNotDoneWithTheSettingsOfAnotherClient(String protocol) {
        // given
        POSTGRES.does("drop table if exists done; create table done (by_whom text); grant all on done to public;"
                + "drop role if exists passing; create role passing; grant passing to app");
        try (var client = POOLER.door().login(Door.Role.APP, Map.of("options", "-c role=passing"));
                var other = POOLER.door().login()) {
            other.asks("set work_mem to '7MB'");
            POSTGRES.does("drop role passing");
            String work = "insert into done values (current_user)";

            // when
            var told = switch (protocol) {
                case "simple" -> client.sends(query(work)).receivesToEnd();
                case "deferred" ->
                    client.sends(query("begin"), query(work), query("commit")).receivesToEnd();
                case "batches" ->
                    client.sends(
                                    parse("", "select 1"),
                                    bind(""),
                                    execute(),
                                    sync(),
                                    parse("", work),
                                    bind(""),
                                    execute(),
                                    sync())
                            .receivesToEnd();
                case "queries" ->
                    client.sends(query("select 1"), sync(), query(work), query(work))
                            .receivesToEnd();
                default ->
                    client.sends(parse("", work), bind(""), execute(), sync()).receivesToEnd();
            };

            // then
            assertThat(told.getLast().error()).startsWith("FATAL 22023");
            assertThat(other.asksOne("select count(*) from done")).isEqualTo("0");
            assertThat(other.asksOne("show work_mem")).isEqualTo("4MB");
        }
    }

    /// What is done, and a question whose answer must be that of a fresh session.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        set work_mem to '7MB'                               | show work_mem
        set session work_mem = '7MB'                        | show work_mem
        /* hidden */ set work_mem to '7MB'                  | show work_mem
        select set_config('work_mem', '7MB', false)         | show work_mem
        do $$ begin perform set_config('work_mem', '7MB', false); end $$ | show work_mem
        set search_path to pg_catalog                       | show search_path
        set role clerk                                      | select current_user
        set session authorization default; set role none; set statement_timeout = 12345 | show statement_timeout
        select 1; set work_mem to '7MB'; select 2           | show work_mem
        begin; set work_mem to '7MB'; commit                | show work_mem
        create temp table leftover (a int)                  | select count(*) from pg_class where relname = 'leftover'
        select 1 as a into temp leftover2                   | select count(*) from pg_class where relname = 'leftover2'
        listen leftover                                     | select count(*) from pg_listening_channels()
        select pg_advisory_lock(4711)                       | select count(*) from pg_locks where locktype = 'advisory'
        do $$ begin perform pg_advisory_lock(4712); end $$  | select count(*) from pg_locks where locktype = 'advisory'
        prepare leftover as select 1                        | select count(*) from pg_prepared_statements where name = 'leftover'
        declare leftover cursor with hold for select 1      | select count(*) from pg_cursors where name = 'leftover'
        set timezone to 'Asia/Tokyo'                        | show timezone
        set default_transaction_read_only to on             | show default_transaction_read_only
        reset all; set enable_seqscan to off                | show enable_seqscan
        with s as (select set_config('work_mem', '7MB', false)) select * from s | show work_mem
        do $$ begin set work_mem = '7MB'; end $$            | show work_mem
        do $$ begin execute 'set work_mem = ''7MB'''; end $$ | show work_mem
        select 1; do $$ begin set work_mem = '7MB'; end $$  | show work_mem
        select 1; call leaves_work_mem()                    | show work_mem
        do $$ begin create temp table leftover3 (); end $$  | select count(*) from pg_class where relname = 'leftover3'
        rollback; set work_mem to '7MB'                     | show work_mem
        begin; savepoint a; set work_mem to '7MB'; rollback to a; set work_mem to '8MB'; commit | show work_mem
        begin; select pg_advisory_lock(4713); rollback      | select count(*) from pg_locks where locktype = 'advisory'
        create table pg_temp.leftover4 (a int)              | select count(*) from pg_class where relname = 'leftover4'
        create temp table leftover5 (a int) on commit delete rows | select count(*) from pg_class where relname = 'leftover5'
        set local work_mem = '7MB'; set work_mem to '8MB'   | show work_mem
        select /* ' */ set_config('work_mem', '7MB', false) | show work_mem
        reset search_path; set role clerk                   | select current_user
        load 'auto_explain'                                 | select count(*) from pg_settings where name like 'auto_explain%'
        """)
    void nextClientFindsAFreshSession(String deed, String question) {
        // given
        POSTGRES.does("grant clerk to app");
        POSTGRES.does("create or replace procedure leaves_work_mem() language plpgsql"
                + " as $$ begin set work_mem = '7MB'; end $$");
        String fresh;
        try (var direct = POSTGRES.door().login()) {
            fresh = direct.asksOne(question);
        }

        // when
        try (var first = DOOR.login()) {
            first.asks(deed);
        }

        // then
        try (var second = DOOR.login()) {
            assertThat(second.asksOne(question)).isEqualTo(fresh);
        }
    }

    @Test
    void lastvalOfOneClientIsNotTheNexts() {
        // given
        POSTGRES.does("create sequence if not exists counted");
        try (var first = DOOR.login()) {
            first.asks("select nextval('counted')");
        }

        // when
        try (var second = DOOR.login()) {
            // then
            assertThat(second.asks("select lastval()"))
                    .anyMatch(reply -> reply.sqlState().equals("55000"));
        }
    }

    @Test
    void parameterOfAClientThatStaysComesBackWithIt() {
        // given
        try (var first = DOOR.login();
                var second = DOOR.login()) {
            first.asks("set timezone to 'Asia/Tokyo'");
            first.asks("set application_name to 'first'");

            // when
            String seenBySecond = second.asksOne("show timezone");

            // then
            assertThat(seenBySecond).isEqualTo("UTC");
            assertThat(first.asksOne("show timezone")).isEqualTo("Asia/Tokyo");
            assertThat(first.asksOne("show application_name")).isEqualTo("first");
        }
    }

    @Test
    void clientThatVanishesInATransactionIsRolledBack() {
        for (int i = 0; i < 5; i++) {
            // given
            var vanishing = DOOR.login();
            vanishing.asks("begin");
            vanishing.asks("update item set name = 'spoiled' where id = 1");

            // when
            if (i % 2 == 0) {
                vanishing.vanishes();
            } else {
                vanishing.close();
            }

            // then
            try (var next = DOOR.login()) {
                assertThat(next.asksOne("select name from item where id = 1")).isEqualTo("item 1");
                assertThat(next.asks("select 1").getLast().body()).isEqualTo("I");
            }
        }
    }

    @Test
    void clientThatVanishesInAFailedTransactionIsRolledBack() {
        // given
        var vanishing = DOOR.login();
        vanishing.asks("begin; select 1/0");

        // when
        vanishing.vanishes();

        // then
        nextIsServed();
    }

    @Test
    void clientThatVanishesWhileItsQueryRunsSpoilsNothing() {
        // given
        var vanishing = DOOR.login();

        // when
        vanishing.sends(query("select pg_sleep(0.3), 'for the vanished'"));
        vanishing.vanishes();

        // then
        nextIsServed();
    }

    @Test
    void clientThatVanishesInTheMiddleOfARowSpoilsNothing() {
        // given
        var vanishing = DOOR.login();

        // when
        vanishing.sends(query("select repeat('x', 1000000) from generate_series(1, 50)"));
        vanishing.receives();
        vanishing.vanishes();

        // then
        nextIsServed();
    }

    @Test
    void clientThatVanishesInTheMiddleOfAMessageSpoilsNothing() {
        // given
        var vanishing = DOOR.login();
        vanishing.asks("begin");

        // when
        vanishing.sends(Message.raw(new byte[] {'Q', 0, 0, 1, 0, 's', 'e', 'l'}));
        vanishing.vanishes();

        // then
        nextIsServed();
    }

    @Test
    void clientThatVanishesInACopySpoilsNothing() {
        // given
        for (var sql : new String[] {
            "copy copied from stdin", "copy (select repeat('z', 1000) from generate_series(1, 100000)) to stdout"
        }) {
            var vanishing = DOOR.login();

            // when
            vanishing.sends(query(sql)).receives();
            vanishing.vanishes();

            // then
            nextIsServed();
            assertThat(POSTGRES.asks("select count(*) from copied")).containsExactly("0");
        }
    }

    @Test
    void copyThatEndsWithTerminateCopiesNothing() {
        // given
        for (int i = 0; i < 5; i++) {
            try (var client = DOOR.login()) {
                // when
                client.sends(query("copy copied from stdin"), copyData("1\ta\n"), terminate());
                client.receivesToEnd();
            }

            // then
            nextIsServed();
            assertThat(POSTGRES.asks("select count(*) from copied")).containsExactly("0");
        }
    }

    @Test
    void workBeforeTerminateIsDone() {
        // given
        for (int i = 0; i < 5; i++) {
            POSTGRES.does("delete from copied");
            try (var client = DOOR.login()) {
                // when
                client.sends(query("insert into copied select g, 'x' from generate_series(1, 5000) g"), terminate());
                client.receivesToEnd();
            }

            // then
            assertThat(POSTGRES.asks("select count(*) from copied")).containsExactly("5000");
        }
        POSTGRES.does("delete from copied");
    }

    @Test
    void clientThatVanishesBeforeSyncSpoilsNothing() {
        // given
        var vanishing = DOOR.login();

        // when
        vanishing.sends(parse("", "selec"), parse("", "select 1"));
        vanishing.vanishes();

        // then
        nextIsServed();
    }

    @Test
    void serverThatDiesInATransactionEndsItsClientOnly() {
        // given
        try (var victim = DOOR.login();
                var other = DOOR.login()) {
            victim.asks("begin");
            String pid = victim.asksOne("select pg_backend_pid()");

            // when
            POSTGRES.asks("select pg_terminate_backend(" + pid + ", 5000)");
            var replies = victim.sendsIfOpen(query("select 1")).receivesToEnd();

            // then
            assertThat(replies).anySatisfy(reply -> {
                assertThat(reply.tag()).isEqualTo('E');
                assertThat(reply.sqlState()).isIn("57P01", "08006");
            });
            assertThat(other.asksOne("select 2")).isEqualTo("2");
        }
    }

    @Test
    void serverThatDiesIdleIsReplacedUnseen() {
        // given
        try (var client = DOOR.login()) {
            String pid = client.asksOne("select pg_backend_pid()");

            // when
            POSTGRES.asks("select pg_terminate_backend(" + pid + ", 5000)");

            // then
            assertThat(client.asksOne("select 'served'")).isEqualTo("served");
            assertThat(client.asksOne("select pg_backend_pid()")).isNotEqualTo(pid);
        }
    }

    private static void nextIsServed() {
        try (WireClient next = DOOR.login()) {
            assertThat(next.asksOne("select 'served'")).isEqualTo("served");
            assertThat(next.asks("select 1").getLast().body()).isEqualTo("I");
        }
    }
}
