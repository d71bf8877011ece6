package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.closeStatement;
import static io.pgdoorman.pooler.script.Message.describePortal;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.flush;
import static io.pgdoorman.pooler.script.Message.functionCall;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Tables;
import io.pgdoorman.pooler.script.ToBoth;
import io.pgdoorman.pooler.script.WireClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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

    @Test
    void fiveHundredBatchesWithErrorsBetweenAreAnsweredInOrder() {
        same(client -> {
            List<Message> batches = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                String name = i % 3 == 0 ? "" : "s" + i % 20;
                if (i % 5 == 0 && !name.isEmpty()) {
                    batches.add(closeStatement(name));
                }
                batches.add(parse(name, i % 7 == 0 ? "select 1 / (" + i + " - " + i + ")" : "select " + i));
                batches.add(bind(name));
                batches.add(execute());
                batches.add(i % 11 == 0 ? flush() : sync());
                if (i % 11 == 0) {
                    batches.add(sync());
                }
            }
            client.sends(batches.toArray(Message[]::new)).receivesReady(500);
        });
    }

    /// The byte patterns of drivers: libpq's pipeline mode, pgx's batch (all Parse and Describe first), asyncpg (Flush
    /// after each), Npgsql's batch (one Sync, statements closed and prepared in the same write).
    @Test
    void batchesOfDriversAreAnsweredAsByPostgresql() {
        same(client -> {
            client.sends(
                            parse("", "select $1::int"),
                            bind("", "1"),
                            describePortal(""),
                            execute(),
                            parse("", "select $1::int"),
                            bind("", "2"),
                            describePortal(""),
                            execute(),
                            parse("", "select 1 / $1::int"),
                            bind("", "0"),
                            describePortal(""),
                            execute(),
                            parse("", "select $1::int"),
                            bind("", "3"),
                            describePortal(""),
                            execute(),
                            sync(),
                            parse("", "select $1::int"),
                            bind("", "4"),
                            describePortal(""),
                            execute(),
                            sync())
                    .receivesReady(2);
            client.sends(
                            parse("stmtcache_1", "select $1::text"),
                            describeStatement("stmtcache_1"),
                            parse("stmtcache_2", "select 2"),
                            describeStatement("stmtcache_2"),
                            sync())
                    .receivesReady();
            client.sends(
                            bind("stmtcache_1", "a"),
                            describePortal(""),
                            execute(),
                            bind("stmtcache_2"),
                            describePortal(""),
                            execute(),
                            bind("stmtcache_1", "b"),
                            describePortal(""),
                            execute(),
                            sync())
                    .receivesReady();
            client.sends(parse("__asyncpg_1__", "select $1::int"), describeStatement("__asyncpg_1__"), flush())
                    .receives(3);
            client.sends(bind("__asyncpg_1__", "5"), execute(), sync()).receivesReady();
            client.sends(closeStatement("__asyncpg_1__"), sync()).receivesReady();
            client.sends(
                            closeStatement("_p1"),
                            parse("_p1", "select $1::text"),
                            describeStatement("_p1"),
                            closeStatement("_p2"),
                            parse("_p2", "select 'two'"),
                            describeStatement("_p2"),
                            bind("_p1", "one"),
                            execute(),
                            bind("_p2"),
                            execute(),
                            sync())
                    .receivesReady();
        });
    }

    @Test
    void clientThatSendsForEverAndNeverReadsIsStopped() throws InterruptedException {
        // given
        String padding = "/*" + " ".repeat(4000) + "*/";
        Message[] batch = {
            parse("", "select repeat('x', 20000)" + padding), bind(""), describePortal(""), execute(), sync()
        };
        int enough = 20_000; // 80 MB to the pooler, 400 MB from PostgreSQL: no socket buffers take that
        var sent = new AtomicInteger();
        try (var client = POOLER.door().login()) {
            var sender = Thread.ofVirtual().start(() -> {
                while (sent.get() < enough) {
                    client.sends(batch);
                    sent.incrementAndGet();
                }
            });

            // when
            int before;
            do {
                before = sent.get();
                var _ = sender.join(Duration.ofMillis(700));
            } while (sent.get() > before);

            // then
            assertThat(before).isLessThan(enough).isPositive();
            int stopped = before;
            long got = 0;
            while (got < stopped) {
                got += client.receivesReady().size() > 0 ? 1 : 0;
            }
            assertThat(got).isEqualTo(stopped);
            client.vanishes();
            var _ = sender.join(Duration.ofSeconds(5));
        }
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
