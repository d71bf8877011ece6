package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.behaviour.Consoles.consoleOf;
import static io.pgdoorman.pooler.behaviour.Consoles.tags;
import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.bindPortal;
import static io.pgdoorman.pooler.script.Message.closeStatement;
import static io.pgdoorman.pooler.script.Message.describePortal;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.functionCall;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// The console as any driver meets it: in the simple and in the extended protocol.
class ConsoleProtocolIT {
    private static final PoolerFixture POOLER = PoolerFixture.wish().start();

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    private static WireClient console() {
        return consoleOf(POOLER);
    }

    @Test
    void aPreparedCommandIsDescribedAndRunsAgainAndAgain() {
        try (var client = console()) {
            // when
            var first = client.sends(
                            parse("v", "show version"),
                            describeStatement("v"),
                            bind("v"),
                            describePortal(""),
                            execute(),
                            sync())
                    .receivesReady();
            var second = client.sends(bind("v"), execute(), sync()).receivesReady();

            // then
            assertThat(tags(first)).isEqualTo("1tT2TDCZ");
            assertThat(tags(second)).isEqualTo("2DCZ");
            assertThat(second.get(1)).isEqualTo(first.get(5));
            assertThat(client.asksOne("show version")).isEqualTo(second.get(1).firstColumn());
        }
    }

    @Test
    void rowsComeInPortionsAndThePortalEndsAtSync() {
        try (var client = console()) {
            // when
            var portions = client.sends(
                            parse("", "show lists"),
                            bindPortal("p", ""),
                            execute("p", 2),
                            execute("p", 2),
                            execute("p", 0),
                            sync(),
                            execute("p", 0),
                            sync())
                    .receivesReady(2);

            // then
            assertThat(tags(portions)).matches("12DDsDDsD+CZEZ");
            assertThat(portions.get(portions.size() - 2).error()).isEqualTo("ERROR 34000 portal \"p\" does not exist");
        }
    }

    @Test
    void anErrorSkipsToSyncAndTheSessionGoesOn() {
        try (var client = console()) {
            // when
            var replies = client.sends(
                            parse("", "show nonsense"),
                            bind(""),
                            execute(),
                            sync(),
                            bind("lost"),
                            sync(),
                            parse("s", "show version"),
                            parse("s", "show version"),
                            sync(),
                            bind("s", "a value"),
                            sync(),
                            closeStatement("s"),
                            closeStatement("never was"),
                            sync())
                    .receivesReady(5);

            // then
            assertThat(tags(replies)).isEqualTo("EZEZ1EZEZ33Z");
            assertThat(replies.stream().filter(reply -> reply.tag() == 'E').map(Reply::sqlState))
                    .containsExactly("42601", "26000", "42P05", "08P01");
        }
    }

    @Test
    void aCommandWithoutRowsAndAnEmptyOneAreDescribedAsSuch() {
        try (var client = console()) {
            // when
            var replies = client.sends(
                            parse("", "resume"),
                            describeStatement(""),
                            bind(""),
                            execute(),
                            parse("", ";"),
                            describeStatement(""),
                            bind(""),
                            execute(),
                            sync(),
                            functionCall(1))
                    .receivesReady(2);

            // then
            assertThat(tags(replies)).isEqualTo("1tn2C1tn2IZEZ");
        }
    }

    @Test
    void aPortalWithoutRowsRunsItsCommandOnce() {
        try (var client = console()) {
            // when
            var replies = client.sends(
                            parse("", "pause"),
                            bind(""),
                            execute(),
                            parse("r", "resume"),
                            bindPortal("r", "r"),
                            execute("r", 0),
                            execute("", 0),
                            sync())
                    .receivesReady();

            // then
            assertThat(tags(replies)).isEqualTo("12C12CEZ");
            assertThat(replies.get(6).error()).isEqualTo("ERROR 55000 portal \"\" cannot be run");
        }
    }

    @Test
    void aDriverForgetsItsStatements() {
        try (var client = console()) {
            // when
            var replies = client.sends(
                            parse("a", "show version"),
                            parse("b", "show version"),
                            sync(),
                            query("deallocate a"),
                            query("deallocate a"),
                            query("discard all"),
                            parse("b", "show version"),
                            sync())
                    .receivesReady(5);

            // then
            assertThat(tags(replies)).isEqualTo("11ZCZEZCZ1Z");
            assertThat(replies.get(5).error()).isEqualTo("ERROR 26000 prepared statement \"a\" does not exist");
        }
    }

    @Test
    void whatStandsBehindACommandThatWaitsIsAnsweredAfterIt() {
        try (var pooler = PoolerFixture.wish().start();
                var worker = pooler.door().login();
                var client = pooler.door()
                        .connect()
                        .loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgbouncer", Map.of())) {
            worker.asks("begin");

            // when
            client.sends(query("pause"), parse("", "show version"), bind(""), execute(), sync(), query("resume"));
            assertThat(client.hearsNothingFor(100)).isTrue();
            worker.asks("commit");

            // then
            assertThat(tags(client.receivesReady(3))).isEqualTo("CZ12DCZCZ");
        }
    }

    @Test
    void aDriverOfTheExtendedProtocolReadsNumbersAsNumbers() throws SQLException {
        // given
        var login = new Properties();
        login.setProperty("user", PoolerFixture.ADMIN);
        login.setProperty("password", PoolerFixture.ADMIN_PASSWORD);
        login.setProperty("prepareThreshold", "2");
        try (var worker = POOLER.door().login();
                var connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + POOLER.door().port() + "/pgdoorman", login);
                var pools = connection.prepareStatement("SHOW POOLS")) {
            worker.asks("begin; select 1");
            for (int i = 0; i < 5; i++) { // text first, then binary
                // when
                try (var rows = pools.executeQuery()) {
                    // then
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getString("database")).isNotEmpty();
                    assertThat(rows.getObject("pool_size")).isInstanceOf(Long.class);
                }
            }
            worker.asks("commit");
            assertThat(connection.getMetaData().getDatabaseProductName()).isEqualTo("PostgreSQL");
        }
    }
}
