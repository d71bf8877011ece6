package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.closeStatement;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.flush;
import static io.pgdoorman.pooler.script.Message.functionCall;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Tables;
import io.pgdoorman.pooler.script.ToBoth;
import io.pgdoorman.pooler.script.WireClient;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Clients that send on before they were answered: what the pooler plans ahead must be what PostgreSQL then does.
class PipelineIT {
    private static final PoolerFixture POOLER = PoolerFixture.wish().poolSize(1).start();
    private static final PoolerFixture SMALL_CACHE = PoolerFixture.wish()
            .poolSize(1)
            .general("prepared_statements_cache_size", "2")
            .start();

    @BeforeAll
    static void makesTables() {
        EmbeddedPg.shared().does(Tables.sql());
    }

    @AfterAll
    static void stops() {
        POOLER.close();
        SMALL_CACHE.close();
    }

    @Test
    void nameThatAFailedBatchWouldHaveTakenIsFreeBehindItsSync() {
        same(client -> client.sends(
                        bind("nobody"),
                        parse("s", "select 1"),
                        sync(),
                        parse("s", "select 2"),
                        bind("s"),
                        execute(),
                        sync(),
                        bind("s"),
                        execute(),
                        sync())
                .receivesReady(3));
    }

    @Test
    void nameThatAFailedBatchWouldHaveClosedIsStillThere() {
        same(client -> {
            client.sends(parse("s", "select 1"), sync()).receivesReady();
            client.sends(
                            bind("nobody"),
                            closeStatement("s"),
                            sync(),
                            bind("s"),
                            execute(),
                            sync(),
                            bind("nobody"),
                            closeStatement("s"),
                            sync(),
                            parse("s", "select 2"),
                            sync(),
                            closeStatement("s"),
                            sync(),
                            bind("s"),
                            sync())
                    .receivesReady(6);
        });
    }

    @Test
    void nameThatAFailedBatchWouldHaveGivenToAnotherTextKeepsItsOwn() {
        same(client -> {
            client.sends(parse("s", "select 'old'"), sync()).receivesReady();
            client.sends(
                            bind("nobody"),
                            closeStatement("s"),
                            parse("s", "select 'new'"),
                            sync(),
                            describeStatement("s"),
                            bind("s"),
                            execute(),
                            sync())
                    .receivesReady(2);
        });
    }

    @Test
    void unnamedStatementIsThatOfTheLastBatchThatParsedIt() {
        same(client -> {
            client.sends(parse("", "select 'first'"), sync()).receivesReady();
            client.sends(
                            bind("nobody"),
                            parse("", "select 'second'"),
                            sync(),
                            bind("nobody"),
                            parse("", "select 'third'"),
                            sync(),
                            bind(""),
                            execute(),
                            sync(),
                            parse("", "select 'fourth'"),
                            bind(""),
                            execute(),
                            sync(),
                            bind(""),
                            execute(),
                            sync(),
                            bind("nobody"),
                            query("select 'skipped'"),
                            sync(),
                            bind(""),
                            execute(),
                            sync(),
                            parse("", "selec"),
                            sync(),
                            bind(""),
                            execute(),
                            sync())
                    .receivesReady(8);
        });
    }

    @Test
    void sameTextAgainAndAgainWithErrorsBetween() {
        same(client -> client.sends(
                        parse("", "select 1"),
                        bind("nobody"),
                        sync(),
                        bind("nobody"),
                        parse("", "select 1"),
                        sync(),
                        parse("", "select 1"),
                        bind(""),
                        execute(),
                        sync(),
                        bind("nobody"),
                        parse("", "select 1"),
                        sync(),
                        bind(""),
                        execute(),
                        sync())
                .receivesReady(5));
    }

    @Test
    void statementThatTheServerWasToGetInAFailedBatchIsParsedInTheNext() {
        both(SMALL_CACHE).playsOnStage(stage -> {
            var client = stage.login();
            client.sends(parse("a", "select 'a'"), parse("b", "select 'b'"), parse("c", "select 'c'"), sync())
                    .receivesReady();
            client.sends(
                            bind("nobody"),
                            bind("a"),
                            sync(),
                            bind("a"),
                            execute(),
                            sync(),
                            bind("nobody"),
                            bind("b"),
                            bind("c"),
                            sync(),
                            bind("b"),
                            execute(),
                            bind("c"),
                            execute(),
                            bind("a"),
                            execute(),
                            sync())
                    .receivesReady(4);
        });
    }

    @Test
    void parseBehindAQueryThatFailsTheTransactionFails() {
        same(client -> {
            client.sends(parse("", "select 7"), sync()).receivesReady();
            client.asks("begin");
            client.sends(query("select 1/0"), parse("s", "select 7"), bind("s"), execute(), sync())
                    .receivesReady(2);
            client.asks("rollback");
            client.sends(query("begin; select 1/0"), parse("s", "select 7"), bind("s"), execute(), sync())
                    .receivesReady(2);
            client.sends(query("rollback"), parse("s", "select 7"), bind("s"), execute(), sync())
                    .receivesReady(2);
        });
    }

    @Test
    void parseBehindABatchThatFailsTheTransactionFails() {
        same(client -> {
            client.sends(parse("", "select 7"), sync()).receivesReady();
            client.sends(
                            parse("", "begin"),
                            bind(""),
                            execute(),
                            sync(),
                            parse("", "select 1/0"),
                            bind(""),
                            execute(),
                            sync(),
                            parse("s", "select 7"),
                            bind("s"),
                            execute(),
                            sync(),
                            parse("", "rollback"),
                            bind(""),
                            execute(),
                            sync(),
                            parse("s", "select 7"),
                            bind("s"),
                            execute(),
                            sync())
                    .receivesReady(5);
        });
    }

    @Test
    void functionCallsAndQueriesStandBetweenBatches() {
        same(client -> client.sends(
                        parse("s", "select 1"),
                        sync(),
                        functionCall(177, "7", "0"),
                        bind("s"),
                        execute(),
                        sync(),
                        query("select 1/0; select 2"),
                        bind("s"),
                        execute(),
                        sync())
                .receivesReady(5));
    }

    @Test
    void clientThatVanishesBeforeItsSyncCommitsNothing() {
        // given
        try (var leaving = POOLER.door().login()) {
            leaving.sends(parse("", "insert into item values (4711, 'lost')"), bind(""), execute(), flush())
                    .receives(3);
        }

        // when
        try (var next = POOLER.door().login()) {
            next.asks("select 1");
        }

        // then
        assertThat(EmbeddedPg.shared().asks("select count(*) from item where id = 4711"))
                .isEqualTo(List.of("0"));
    }

    private static void same(Consumer<WireClient> script) {
        both(POOLER).plays(script);
        both(POOLER).playsByteByByte(script);
        both(SMALL_CACHE).plays(script);
    }

    private static ToBoth both(PoolerFixture pooler) {
        return new ToBoth(EmbeddedPg.shared().door(), pooler.door());
    }
}
