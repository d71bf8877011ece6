package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.closeStatement;
import static io.pgdoorman.pooler.script.Message.describePortal;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.flush;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.ToBoth;
import io.pgdoorman.pooler.script.WireClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A client that relies on what it was told of a result gets PostgreSQL's error when that changed, also from a server
/// that never had its statement.
class ChangedResultIT {
    private static final PoolerFixture POOLER =
            PoolerFixture.wish().poolSize(20).general("worker_threads", "1").start();

    private static final AtomicInteger TABLES = new AtomicInteger();

    private final List<WireClient> holders = new ArrayList<>();
    private String table = "";
    private String all = "";

    @BeforeEach
    void namesATable() {
        table = "changing_" + TABLES.incrementAndGet();
        all = "select * from " + table;
    }

    @AfterEach
    void letsGo() {
        holders.forEach(WireClient::close);
        holders.clear();
        EmbeddedPg.shared().does("drop table if exists " + table + " cascade");
    }

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    @Test
    void isRefusedAsByPostgresOnAServerThatLacksTheStatement() {
        // when then
        toBoth(client -> {
            client.sends(parse("s", all), describeStatement("s"), sync()).receivesReady();
            client.sends(bind("s"), execute(), sync()).receivesReady();
            changes("add column b text");
            elsewhere(client);
            client.sends(bind("s"), execute(), sync()).receivesReady();
            elsewhere(client);
            client.sends(bind("s"), execute(), sync()).receivesReady();
            client.sends(bind("s"), execute(), sync()).receivesReady();
            client.sends(closeStatement("s"), parse("s", all), describeStatement("s"), sync())
                    .receivesReady();
            client.sends(bind("s"), execute(), sync()).receivesReady();
            elsewhere(client);
            client.sends(bind("s"), execute(), sync()).receivesReady();
        });
    }

    @Test
    void errorHasTheRoutineByWhichDriversKnowIt() {
        // given
        makes();
        try (var client = POOLER.door().login()) {
            client.sends(parse("s", all), describeStatement("s"), sync()).receivesReady();
            changes("add column b text");
            elsewhere(client);

            // when
            var replies = client.sends(bind("s"), execute(), sync()).receivesReady();

            // then
            assertThat(replies).extracting(Reply::tag).containsExactly('E', 'Z');
            assertThat(replies.getFirst().body())
                    .contains("SERROR\0VERROR\0C0A000\0Mcached plan must not change result type\0Fplancache.c\0")
                    .contains("RRevalidateCachedQuery\0");
        }
    }

    @Test
    void servesThoseWhoseResultDidNotChange() {
        // when then
        toBoth(client -> {
            String one = "select a from " + table;
            client.sends(parse("s", one), describeStatement("s"), sync()).receivesReady();
            changes("add column b text");
            elsewhere(client);
            client.sends(bind("s"), execute(), sync()).receivesReady();
            elsewhere(client);
            client.sends(parse("", one), describeStatement(""), sync()).receivesReady();
            elsewhere(client);
            client.sends(bind(""), execute(), bind("s"), execute(), sync()).receivesReady();
        });
    }

    @Test
    void failsTheTransaction() {
        // when then
        toBoth(client -> {
            client.sends(parse("s", all), describeStatement("s"), sync()).receivesReady();
            client.sends(parse("t", "select 1"), describeStatement("t"), sync()).receivesReady();
            changes("add column b text");
            elsewhere(client);
            client.sends(query("begin")).receivesReady();
            client.sends(bind("t"), execute(), sync()).receivesReady();
            client.sends(bind("s"), execute(), bind("t"), execute(), sync()).receivesReady();
            client.sends(bind("t"), execute(), sync()).receivesReady();
            client.sends(bind("s"), execute(), sync()).receivesReady();
            client.sends(query("rollback")).receivesReady();
            client.sends(bind("t"), execute(), sync()).receivesReady();
        });
    }

    @Test
    void isRefusedInTheTransactionThatChangedItAndServedAfterItsRollback() {
        // when then
        toBoth(client -> {
            client.sends(parse("s", all), describeStatement("s"), sync()).receivesReady();
            elsewhere(client);
            client.sends(query("begin")).receivesReady();
            client.sends(query("alter table " + table + " add column b text")).receivesReady();
            client.sends(bind("s"), execute(), sync()).receivesReady();
            client.sends(query("rollback")).receivesReady();
            client.sends(bind("s"), execute(), sync()).receivesReady();
            elsewhere(client);
            client.sends(bind("s"), execute(), sync()).receivesReady();
        });
    }

    @Test
    void doesNothingOfWhatWouldHaveChangedRows() {
        // when then
        toBoth(client -> {
            String inserts = "insert into " + table + " values (2) returning *";
            client.sends(parse("s", inserts), describeStatement("s"), sync()).receivesReady();
            client.sends(bind("s"), execute(), sync()).receivesReady();
            changes("add column b text");
            elsewhere(client);
            client.sends(bind("s"), execute(), sync()).receivesReady();
            client.sends(query("select count(*) from " + table)).receivesReady();
        });
    }

    @Test
    void undoesWhatCameBeforeInTheBatchAndSkipsTheRest() {
        // when then
        toBoth(client -> {
            String inserts = "insert into " + table + "(a) values (2)";
            client.sends(parse("i", inserts), parse("s", all), describeStatement("s"), sync())
                    .receivesReady();
            changes("add column b text");
            elsewhere(client);
            client.sends(
                            bind("i"),
                            execute(),
                            bind("s"),
                            execute(),
                            bind("i"),
                            execute(),
                            parse("t", "select 1"),
                            sync(),
                            bind("i"),
                            execute(),
                            sync(),
                            bind("t"),
                            sync())
                    .receivesReady(3);
            client.sends(query("select count(*) from " + table)).receivesReady();
        });
    }

    @Test
    void isRefusedWhenTheClientAsksForAnswersBeforeItsSync() {
        // when then
        toBoth(client -> {
            client.sends(parse("s", all), describeStatement("s"), flush()).receives(3);
            client.sends(bind("s"), execute(), sync()).receivesReady();
            changes("drop column a, add column a text");
            elsewhere(client);
            client.sends(bind("s"), execute(), flush()).receives();
            client.sends(bind("s"), sync()).receivesReady();
        });
    }

    @Test
    void unnamedStatementIsNoOther() {
        // when then
        toBoth(client -> {
            client.sends(parse("", all), describeStatement(""), sync()).receivesReady();
            changes("add column b text");
            elsewhere(client);
            client.sends(bind(""), execute(), sync()).receivesReady();
            client.sends(parse("", all), bind(""), describePortal(""), execute(), sync())
                    .receivesReady();
        });
    }

    @Test
    void whoWasToldOfAPortalIsNoOther() {
        // when then
        toBoth(client -> {
            client.sends(parse("s", all), bind("s"), describePortal(""), execute(), sync())
                    .receivesReady();
            changes("alter column a type bigint");
            elsewhere(client);
            client.sends(bind("s"), execute(), sync()).receivesReady();
        });
    }

    @Test
    void whoPreparedItOnceMoreByNameIsNoOther() {
        // when then
        toBoth(client -> {
            for (int i = 0; i < 4; i++) { // as pgjdbc does, which then gives it a name and describes it no more
                client.sends(parse("", all), bind(""), describePortal(""), execute(), sync())
                        .receivesReady();
            }
            client.sends(parse("S_1", all), bind("S_1"), execute(), sync()).receivesReady();
            changes("alter column a type bigint");
            elsewhere(client);
            client.sends(bind("S_1"), execute(), sync()).receivesReady();
        });
    }

    @Test
    void namesTypesAndTheirModifiersCount() {
        for (var change : List.of(
                "rename column a to c",
                "alter column a type text",
                "alter column n type numeric(12,4)",
                "drop column n")) {
            // when then
            toBoth(client -> {
                client.sends(parse("s", all), describeStatement("s"), sync()).receivesReady();
                changes(change);
                elsewhere(client);
                client.sends(bind("s"), execute(), sync()).receivesReady();
            });
        }
    }

    @Test
    void tableThatWasMadeAnewAlikeIsAsGood() {
        // when then
        toBoth(client -> {
            client.sends(parse("s", all), describeStatement("s"), sync()).receivesReady();
            makes();
            elsewhere(client);
            client.sends(bind("s"), execute(), sync()).receivesReady();
        });
    }

    @Test
    void otherSchemaWithOtherColumnsIsRefusedToo() {
        // given
        EmbeddedPg.shared()
                .does(
                        "create schema if not exists " + table,
                        "create table " + table + "." + table + " (b text)",
                        "grant all on schema " + table + " to public",
                        "grant all on " + table + "." + table + " to public");

        // when then
        toBoth(client -> {
            client.sends(parse("s", all), describeStatement("s"), sync()).receivesReady();
            elsewhere(client);
            client.sends(query("begin")).receivesReady();
            client.sends(query("set local search_path to " + table)).receivesReady();
            client.sends(bind("s"), execute(), sync()).receivesReady();
            client.sends(query("rollback")).receivesReady();
            client.sends(bind("s"), execute(), sync()).receivesReady();
        });
        EmbeddedPg.shared().does("drop schema " + table + " cascade");
    }

    @Test
    void statementThatCannotBeParsedAnyMoreFailsForThat() {
        // when then
        toBoth(client -> {
            client.sends(parse("s", all), describeStatement("s"), parse("t", "select 1"), sync())
                    .receivesReady();
            EmbeddedPg.shared().does("drop table " + table);
            elsewhere(client);
            client.sends(bind("s"), execute(), bind("t"), execute(), sync(), bind("t"), execute(), sync())
                    .receivesReady(2);
            makes();
            client.sends(bind("s"), execute(), sync()).receivesReady();
        });
    }

    @Test
    void parameterOfATypeThatIsGoneFailsUntilItIsPreparedAnew() {
        for (var door : List.of(EmbeddedPg.shared().door(), POOLER.door())) {
            // given
            String text = "select count(*) from " + table + " where m = $1";
            makesOfMood();
            try (var client = door.login()) {
                client.sends(parse("s", text), describeStatement("s"), bind("s", "sad"), execute(), sync())
                        .receivesReady();
                makesOfMood();

                // when
                var here = client.sends(bind("s", "sad"), execute(), sync()).receivesReady();
                elsewhere(client);
                var there = client.sends(bind("s", "sad"), execute(), sync()).receivesReady();
                var anew = client.sends(parse("t", text), describeStatement("t"), bind("t", "sad"), execute(), sync())
                        .receivesReady();

                // then
                assertThat(List.of(here, there)).allSatisfy(each -> {
                    assertThat(each).extracting(Reply::tag).containsExactly('E', 'Z');
                    assertThat(each.getFirst().body()).contains("CXX000\0Mcache lookup failed for type");
                });
                assertThat(anew).extracting(Reply::tag).containsExactly('1', 't', 'T', '2', 'D', 'C', 'Z');
            }
        }
    }

    private void makesOfMood() {
        EmbeddedPg.shared()
                .does(
                        "drop table if exists " + table,
                        "drop type if exists mood",
                        "create type mood as enum ('sad')",
                        "create table " + table + " (m mood)",
                        "grant all on " + table + " to public");
    }

    @Test
    void whoIsToldOfTheNewResultIsServed() {
        // given
        makes();
        try (var client = POOLER.door().login()) {
            client.sends(parse("s", all), describeStatement("s"), parse("t", all), sync())
                    .receivesReady();
            changes("add column b text");
            elsewhere(client);

            // when
            var told = client.sends(bind("s"), describePortal(""), execute(), sync())
                    .receivesReady();
            var sameServer = client.sends(bind("s"), execute(), sync()).receivesReady();
            elsewhere(client);
            var other = client.sends(bind("s"), execute(), sync()).receivesReady();
            var describes = client.sends(describeStatement("t"), sync()).receivesReady();
            elsewhere(client);
            var after = client.sends(bind("t"), execute(), sync()).receivesReady();

            // then
            assertThat(told).extracting(Reply::tag).containsExactly('2', 'T', 'D', 'C', 'Z');
            assertThat(List.of(sameServer, other, after))
                    .allSatisfy(each -> assertThat(each).extracting(Reply::tag).containsExactly('2', 'D', 'C', 'Z'));
            assertThat(describes).extracting(Reply::tag).containsExactly('t', 'T', 'Z');
        }
    }

    @Test
    void whoPreparesAfterTheChangeIsServedAnywhere() {
        // given
        makes();
        try (var first = POOLER.door().login();
                var second = POOLER.door().login()) {
            first.sends(parse("s", all), describeStatement("s"), sync()).receivesReady();
            changes("add column b text");
            elsewhere(second);
            second.sends(parse("s", all), sync()).receivesReady();

            // when
            var here = second.sends(bind("s"), execute(), sync()).receivesReady();
            elsewhere(second);
            var there = second.sends(bind("s"), execute(), sync()).receivesReady();
            var refused = first.sends(bind("s"), execute(), sync()).receivesReady();

            // then
            assertThat(List.of(here, there))
                    .allSatisfy(each -> assertThat(each).extracting(Reply::tag).containsExactly('2', 'D', 'C', 'Z'));
            assertThat(refused).extracting(Reply::tag).containsExactly('E', 'Z');
        }
    }

    /// A table of its own, new to PostgreSQL and to the pooler.
    private void makes() {
        EmbeddedPg.shared()
                .does(
                        "drop table if exists " + table,
                        "create table " + table + " (a int, n numeric(10,2))",
                        "insert into " + table + " values (1, 1)",
                        "grant all on " + table + " to public",
                        "alter table " + table + " owner to app");
    }

    private void changes(String how) {
        EmbeddedPg.shared().does("alter table " + table + " " + how);
    }

    private void toBoth(Consumer<WireClient> script) {
        new ToBoth(EmbeddedPg.shared().door(), POOLER.door()).plays(client -> {
            makes();
            script.accept(client);
        });
    }

    /// Somebody else takes the server that was used last, so that the client needs another.
    private void elsewhere(WireClient client) {
        if (client.door().equals(POOLER.door())) {
            var holder = POOLER.door().login();
            holders.add(holder);
            holder.asks("begin");
        }
    }
}
