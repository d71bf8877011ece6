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

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.Tables;
import io.pgdoorman.pooler.script.ToBoth;
import io.pgdoorman.pooler.script.WireClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Several clients share fewer servers in transaction mode, and each sees only its own statements.
class PreparedStatementsIT {
    /// Its columns are those of the table, and do not tell where they come from.
    private static final String SHAPE = "select * from shape union all select * from shape";

    private static final PoolerFixture ONE_SERVER =
            PoolerFixture.wish().poolSize(1).start();
    private static final PoolerFixture THREE_SERVERS =
            PoolerFixture.wish().poolSize(3).start();
    private static final PoolerFixture SMALL_CACHE = PoolerFixture.wish()
            .poolSize(2)
            .general("prepared_statements_cache_size", "4")
            .start();

    @BeforeAll
    static void makesTables() {
        EmbeddedPg.shared().does(Tables.sql());
    }

    @AfterAll
    static void stops() {
        ONE_SERVER.close();
        THREE_SERVERS.close();
        SMALL_CACHE.close();
    }

    @Test
    void sameNameMeansAnotherStatementToEachClient() {
        // when then
        toBoth(ONE_SERVER).playsOnStage(stage -> {
            var clients = IntStream.range(0, 5).mapToObj(_ -> stage.login()).toList();
            for (int i = 0; i < clients.size(); i++) {
                clients.get(i)
                        .sends(parse("s", "select 'client " + i + "', $1::text"), sync())
                        .receivesReady();
            }
            for (var client : clients) {
                client.sends(describeStatement("s"), bind("s", "x"), execute(), sync())
                        .receivesReady();
            }
            clients.getFirst().sends(closeStatement("s"), sync()).receivesReady();
            for (var client : clients) {
                client.sends(bind("s", "y"), execute(), sync()).receivesReady();
            }
        });
    }

    @Test
    void unnamedStatementStaysItsClients() {
        // when then
        toBoth(ONE_SERVER).playsOnStage(stage -> {
            var first = stage.login();
            var second = stage.login();
            first.sends(parse("", "select 'first'"), sync()).receivesReady();
            second.sends(parse("", "select 'second', $1::int"), sync()).receivesReady();
            first.sends(bind(""), execute(), sync()).receivesReady();
            second.sends(bind("", "2"), execute(), sync()).receivesReady();
            first.sends(describeStatement(""), sync()).receivesReady();
        });
    }

    @Test
    void simpleQueryDropsTheUnnamedStatement() {
        // when then
        toBoth(ONE_SERVER).plays(client -> {
            client.sends(parse("", "select 'unnamed'"), sync()).receivesReady();
            client.asks("select 1");
            client.sends(bind(""), execute(), sync()).receivesReady();
        });
    }

    @Test
    void statementsFollowTheirClientsToAnyServer() {
        // given
        try (var holder = THREE_SERVERS.door().login();
                var client = THREE_SERVERS.door().login()) {
            client.sends(parse("s", "select pg_backend_pid()::text"), sync()).receivesReady();
            String first = pid(client);

            // when
            holder.asks("begin");
            String held = holder.asksOne("select pg_backend_pid()");
            String second = pid(client);
            holder.asks("rollback");

            // then
            assertThat(second).isNotEqualTo(held);
            assertThat(first).isNotEmpty();
        }
    }

    @Test
    void manyStatementsSurviveASmallCache() {
        // when then
        toBoth(SMALL_CACHE).playsOnStage(stage -> {
            var first = stage.login();
            var second = stage.login();
            for (var client : List.of(first, second)) {
                for (int i = 0; i < 20; i++) {
                    client.sends(parse("s" + i, "select " + i + ", $1::text"), sync())
                            .receivesReady();
                }
            }
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 20; i++) {
                    (i % 2 == 0 ? first : second)
                            .sends(bind("s" + i, "r" + round), execute(), sync())
                            .receivesReady();
                }
            }
        });
    }

    @Test
    void manyStatementsInOneBatchSurviveASmallCache() {
        // when then
        toBoth(SMALL_CACHE).plays(client -> {
            List<Message> batch = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                batch.add(parse("b" + i, "select " + i));
            }
            for (int i = 0; i < 20; i++) {
                batch.add(bind("b" + i));
                batch.add(execute());
            }
            batch.add(sync());
            client.sends(batch.toArray(Message[]::new)).receivesReady();
        });
    }

    @Test
    void errorOfOneClientLeavesTheStatementsOfOthers() {
        // when then
        toBoth(ONE_SERVER).playsOnStage(stage -> {
            var first = stage.login();
            var second = stage.login();
            first.sends(parse("s", "select 'mine'"), sync()).receivesReady();
            second.sends(parse("s", "select 'mine'"), parse("t", "selec"), sync())
                    .receivesReady();
            second.asks("select 1/0");
            first.sends(bind("s"), execute(), sync()).receivesReady();
            second.sends(bind("s"), execute(), sync()).receivesReady();
            second.sends(bind("t"), execute(), sync()).receivesReady();
        });
    }

    @Test
    void statementsThatTheServerKnowsAreParsedInAFailedTransactionAsPostgresDoes() {
        // when then
        toBoth(ONE_SERVER).playsOnStage(stage -> {
            // Neighbours are served by different event loops, which share no statements.
            for (var first : List.of(stage.login(), stage.login())) {
                first.sends(parse("", "rollback"), bind(""), execute(), sync()).receivesReady();
                first.sends(parse("", "select 1"), bind(""), execute(), sync()).receivesReady();
            }
            var second = stage.login();
            second.sends(query("begin")).receivesReady();
            second.sends(query("select 1 / 0")).receivesReady();
            second.sends(parse("s", "select 1"), bind("s"), execute(), sync()).receivesReady();
            second.sends(parse("r", "rollback"), bind("r"), execute(), sync()).receivesReady();
            second.sends(bind("r"), execute(), sync()).receivesReady();
        });
    }

    @Test
    void failedParseOnOneServerIsNoStatementOnAnother() {
        // when then
        toBoth(ONE_SERVER).playsOnStage(stage -> {
            var first = stage.login();
            var second = stage.login();
            first.sends(parse("s", "select * from not_yet"), sync()).receivesReady();
            second.sends(parse("s", "select * from not_yet"), bind("s"), sync()).receivesReady();
            first.asks("begin; create table not_yet (a int)");
            first.sends(parse("s", "select * from not_yet"), bind("s"), execute(), sync())
                    .receivesReady();
            first.asks("rollback");
            first.sends(bind("s"), execute(), sync())
                    .receivesReady()
                    .removeIf(reply -> reply.tag() == 'T'); // only to end the round
        });
    }

    @Test
    void clientThatLeavesBetweenParseAndSyncSpoilsNothing() {
        // given
        for (int i = 0; i < 5; i++) {
            var leaving = ONE_SERVER.door().login();
            leaving.sends(parse("s", "select 'left', $1::int"), flush()).receives();
            leaving.close();
        }

        // when
        try (var client = ONE_SERVER.door().login()) {
            var replies = client.sends(parse("s", "select 'left', $1::int"), bind("s", "1"), execute(), sync())
                    .receivesReady();

            // then
            assertThat(replies).extracting(Reply::tag).containsExactly('1', '2', 'D', 'C', 'Z');
        }
    }

    @Test
    void deallocateAndDiscardForgetTheClientsStatements() {
        // when then
        toBoth(ONE_SERVER).playsOnStage(stage -> {
            var client = stage.login();
            var other = stage.login();
            for (var each : List.of(client, other)) {
                each.sends(parse("a", "select 'a'"), parse("b", "select 'b'"), sync())
                        .receivesReady();
            }
            client.asks("deallocate a");
            client.sends(bind("a"), execute(), sync()).receivesReady();
            client.sends(bind("b"), execute(), sync()).receivesReady();
            client.asks("deallocate all");
            client.sends(bind("b"), execute(), sync()).receivesReady();
            other.sends(bind("a"), execute(), bind("b"), execute(), sync()).receivesReady();
            other.asks("discard all");
            other.sends(bind("a"), execute(), sync()).receivesReady();
        });
    }

    @Test
    void flushInTheMiddleOfABatchAnswersAtOnce() {
        // when then
        toBoth(ONE_SERVER).playsOnStage(stage -> {
            var first = stage.login();
            var second = stage.login();
            for (var client : List.of(first, second)) {
                client.sends(parse("f", "select $1::text"), flush()).receives();
                client.sends(describeStatement("f"), flush()).receives(2);
                client.sends(bind("f", "x"), execute(), flush()).receives(3);
                client.sends(parse("f", "select 1"), flush()).receives();
                client.sends(sync()).receivesReady();
            }
        });
    }

    @Test
    void settingsDecideWhatATextMeans() {
        // when then
        toBoth(ONE_SERVER).playsOnStage(stage -> {
            var first = stage.login(Door.Role.APP, Map.of("DateStyle", "ISO, DMY"));
            var second = stage.login(Door.Role.APP, Map.of("DateStyle", "ISO, MDY"));
            for (var client : List.of(first, second, first)) {
                client.sends(parse("", "select '1/2/2025'::date"), bind(""), execute(), sync())
                        .receivesReady();
            }
            for (var client : List.of(first, second)) {
                client.sends(parse("s", "select '1/2/2025'::date"), bind("s"), execute(), sync())
                        .receivesReady();
            }
            second.asks("set datestyle to 'ISO, DMY'");
            second.sends(parse("", "select '1/2/2025'::date"), bind(""), execute(), sync())
                    .receivesReady();
        });
    }

    @Test
    void searchPathOfATransactionDecidesWhatATextMeans() {
        // given
        EmbeddedPg.shared()
                .does(
                        "drop schema if exists tenant_a, tenant_b cascade",
                        "create schema tenant_a",
                        "create schema tenant_b",
                        "create table tenant_a.thing as select 'a' as v",
                        "create table tenant_b.thing as select 2 as v",
                        "grant all on schema tenant_a, tenant_b to public",
                        "grant all on tenant_a.thing, tenant_b.thing to public");

        // when then
        toBoth(ONE_SERVER).playsOnStage(stage -> {
            var client = stage.login();
            for (var tenant : List.of("tenant_a", "tenant_b", "tenant_a")) {
                client.asks("begin");
                client.asks("set local search_path to " + tenant);
                client.sends(parse("", "select v from thing"), describeStatement(""), bind(""), execute(), sync())
                        .receivesReady();
                client.asks("commit");
                client.sends(
                                parse("", "begin"),
                                bind(""),
                                execute(),
                                parse("", "select set_config('search_path', $1, true)"),
                                bind("", tenant),
                                execute(),
                                parse("", "select v from thing"),
                                describeStatement(""),
                                bind(""),
                                execute(),
                                parse("", "commit"),
                                bind(""),
                                execute(),
                                sync())
                        .receivesReady();
            }
        });
    }

    @Test
    void textThatIsParsedAnewMeansWhatItMeansNow() {
        // when then
        toBoth(ONE_SERVER).playsOnStage(stage -> {
            shape("a int");
            var client = stage.login();
            var other = stage.login();
            Message[] whole = {parse("", SHAPE), bind(""), describePortal(""), execute(), sync()};
            client.sends(whole).receivesReady();
            other.sends(whole).receivesReady();
            shape("a int, b text");
            client.sends(whole).receivesReady();
            other.sends(whole).receivesReady();
            client.sends(parse("s", SHAPE), describeStatement("s"), sync()).receivesReady();
            shape("b text");
            other.sends(parse("", SHAPE), describeStatement(""), bind(""), execute(), sync())
                    .receivesReady();
            client.sends(bind("s"), execute(), sync()).receivesReady();
            client.sends(bind("s"), execute(), sync()).receivesReady();
            client.sends(closeStatement("s"), parse("t", SHAPE), bind("t"), execute(), sync())
                    .receivesReady();
        });
    }

    @Test
    void changedResultIsHealedForAClientThatIsToldOfIt() {
        // given
        shape("a int");
        try (var client = ONE_SERVER.door().login()) {
            client.sends(parse("s", SHAPE), bind("s"), describePortal(""), execute(), sync())
                    .receivesReady();
            shape("a int, b text");

            // when
            var healed = client.sends(bind("s"), describePortal(""), execute(), sync())
                    .receivesReady();
            var again = client.sends(bind("s"), describePortal(""), execute(), sync())
                    .receivesReady();

            // then
            assertThat(healed).extracting(Reply::tag).containsExactly('2', 'T', 'C', 'Z');
            assertThat(healed.get(1).body()).contains("b");
            assertThat(again).isEqualTo(healed);
        }
    }

    @Test
    void changedResultInATransactionIsToldAndThenForgotten() {
        // given
        shape("a int");
        Message[] whole = {parse("", SHAPE), bind(""), describePortal(""), execute(), sync()};
        try (var client = ONE_SERVER.door().login()) {
            client.sends(whole).receivesReady();
            shape("a int, b text");
            client.asks("begin");
            client.asks("select 1");

            // when
            var inside = client.sends(whole).receivesReady();
            client.asks("rollback");
            client.asks("begin");
            client.asks("select 1");
            var later = client.sends(whole).receivesReady();
            client.asks("rollback");

            // then
            assertThat(inside).extracting(Reply::tag).containsExactly('1', 'E', 'Z');
            assertThat(later).extracting(Reply::tag).containsExactly('1', '2', 'T', 'C', 'Z');
        }
    }

    @Test
    void statementsThatAFunctionDroppedAreParsedAnew() {
        // given
        try (var client = ONE_SERVER.door().login();
                var other = ONE_SERVER.door().login()) {
            client.sends(parse("s", "select 's'"), parse("t", "select 't'"), sync())
                    .receivesReady();
            other.asks("do $$ begin execute 'deallocate all'; end $$");

            // when
            var first = client.sends(bind("s"), execute(), sync()).receivesReady();
            var second = client.sends(bind("t"), execute(), bind("s"), execute(), sync())
                    .receivesReady();

            // then
            assertThat(first).extracting(Reply::tag).containsExactly('2', 'D', 'C', 'Z');
            assertThat(second).extracting(Reply::tag).containsExactly('2', 'D', 'C', '2', 'D', 'C', 'Z');
        }
    }

    private static void shape(String columns) {
        EmbeddedPg.shared()
                .does(
                        "create table if not exists shape ()",
                        "do $$ declare c record; begin for c in select attname from pg_attribute where attrelid ="
                                + " 'shape'::regclass and attnum > 0 and not attisdropped loop execute format('alter"
                                + " table shape drop column %I', c.attname); end loop; end $$",
                        "alter table shape add column " + columns.replace(", ", ", add column "),
                        "grant all on shape to public");
    }

    private static ToBoth toBoth(PoolerFixture pooler) {
        return new ToBoth(EmbeddedPg.shared().door(), pooler.door());
    }

    private static String pid(WireClient client) {
        return client.sends(bind("s"), execute(), sync()).receivesReady().stream()
                .filter(reply -> reply.tag() == 'D')
                .findFirst()
                .orElseThrow()
                .firstColumn();
    }
}
