package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.bindPortal;
import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.closeStatement;
import static io.pgdoorman.pooler.script.Message.describePortal;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.functionCall;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import io.pgdoorman.pooler.script.WireClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// The console as any driver meets it: in the simple and in the extended protocol.
class ConsoleIT {
    private static final PoolerFixture POOLER = PoolerFixture.wish().start();

    @AfterAll
    static void stops() {
        POOLER.close();
    }

    private static WireClient console() {
        return POOLER.door()
                .connect()
                .loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of());
    }

    private static String tags(List<Reply> replies) {
        return replies.stream().map(reply -> String.valueOf(reply.tag())).collect(Collectors.joining());
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
    void everyTableOfTheHelpIsShown() {
        try (var client = console()) {
            // given
            var shows = client.asks("show help").stream()
                    .filter(reply -> reply.tag() == 'D')
                    .map(Reply::firstColumn)
                    .filter(usage -> usage.startsWith("SHOW "))
                    .map(usage -> usage.replaceFirst(" \\[.*", ""))
                    .toList();

            // when
            var answers = shows.stream().map(show -> tags(client.asks(show))).toList();

            // then
            assertThat(shows).hasSizeGreaterThan(25);
            assertThat(answers).allMatch(tags -> tags.matches("TD*CZ"));
        }
    }

    @Test
    void figuresAndFilesAreThoseOfTheRealClients() throws SQLException {
        // given
        try (var pooler = PoolerFixture.wish().start();
                var worker = pooler.door().login();
                var connection = jdbc(pooler);
                var statement = connection.createStatement()) {
            worker.sends(parse("s", "select 1"), bind("s"), execute(), bind("s"), execute(), sync())
                    .receivesReady();
            worker.asks("select 2");

            // when
            try (var totals = statement.executeQuery("SHOW STATS_TOTALS")) {
                assertThat(totals.next()).isTrue();

                // then
                assertThat(totals.getLong("server_assignment_count")).isEqualTo(2);
                assertThat(totals.getLong("bind_count")).isEqualTo(2);
                assertThat(totals.getLong("client_parse_count")).isEqualTo(1);
                assertThat(totals.getLong("bytes_received")).isPositive();
            }
            try (var files = statement.executeQuery("SHOW FDS")) {
                boolean found = false;
                while (files.next()) {
                    found |= "client".equals(files.getString("task"))
                            && Door.Role.APP.user().equals(files.getString("user"))
                            && String.valueOf(files.getString("state")).endsWith("_established");
                }
                assertThat(found).isEqualTo(Files.isDirectory(Path.of("/proc/self/fd")));
            }
        }
    }

    @Test
    void configurationTellsWhereEachValueComesFrom() throws SQLException {
        try (var pooler = PoolerFixture.wish().pool("query_wait_timeout", "7s").start();
                var connection = jdbc(pooler);
                var statement = connection.createStatement();
                // when
                var rows = statement.executeQuery("SHOW CONFIG_EXTENDED")) {
            var sources = new HashMap<String, String>();
            while (rows.next()) {
                sources.put(rows.getString("key"), rows.getString("value") + " from " + rows.getString("source"));
            }

            // then
            var pool = "pools." + Door.DATABASE;
            var user = pool + ".users[" + Door.Role.APP.user() + "]";
            assertThat(sources)
                    .containsEntry("general.worker_threads", "2 from file")
                    .containsEntry("general.query_wait_timeout", "10s from file")
                    .containsEntry(pool + ".query_wait_timeout", "7s from file")
                    .containsEntry(user + ".query_wait_timeout", "7s from the pool's query_wait_timeout")
                    .containsEntry("max_client_conn", "8192 from general.max_connections");
            assertThat(sources.get("general.admin_password")).doesNotContain(PoolerFixture.ADMIN_PASSWORD);
            assertThat(sources.toString()).doesNotContain("SCRAM-SHA-256$");
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

    private static WireClient consoleOf(PoolerFixture pooler) {
        return pooler.door()
                .connect()
                .loggedIn(PoolerFixture.ADMIN, PoolerFixture.ADMIN_PASSWORD, "pgdoorman", Map.of());
    }

    @Test
    void aPauseOfTheConfigurationHoldsUntilItIsTakenBackThere() {
        try (var pooler = PoolerFixture.wish().start();
                var worker = pooler.door().login();
                var other = pooler.door().login()) {
            // given
            worker.asks("begin");

            // when
            pooler.reload(wish -> wish.pool("paused", "true"));
            other.sends(query("select 42"));

            // then
            assertThat(other.hearsNothingFor(100)).isTrue();
            assertThat(worker.asksOne("select 1")).isEqualTo("1");
            worker.asks("commit");
            assertThat(other.hearsNothingFor(100)).isTrue();

            // when
            pooler.reload(wish -> wish.pool("paused", "false"));

            // then
            assertThat(tags(other.receivesReady())).isEqualTo("TDCZ");
        }
    }

    @Test
    void aProcessBeginsPausedAndTheConsoleEndsIt() throws Exception {
        try (var pooler = PoolerFixture.wish()
                        .pool("paused", "true")
                        .general("query_wait_timeout", "60s")
                        .start();
                var admin = consoleOf(pooler);
                var comes = Executors.newVirtualThreadPerTaskExecutor()) {
            // given
            var login = comes.submit(() -> pooler.logsIn("app", "app-secret"));

            // when
            pooler.reload(wish -> wish.general("idle_timeout", "50s"));

            // then
            assertThatThrownBy(() -> login.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);

            // when
            admin.asks("resume");

            // then
            assertThat(login.get()).isEqualTo("app");
        }
    }

    @Test
    void aPauseEndsWithTheClientThatWaitsForIt() {
        try (var pooler = PoolerFixture.wish().start();
                var worker = pooler.door().login();
                var other = pooler.door().login()) {
            worker.asks("begin");
            var admin = consoleOf(pooler);
            admin.sends(query("pause"));
            assertThat(admin.hearsNothingFor(100)).isTrue();
            other.sends(query("select 42"));
            assertThat(other.hearsNothingFor(100)).isTrue();

            // when
            admin.close();

            // then
            assertThat(tags(other.receivesReady())).isEqualTo("TDCZ");
        }
    }

    @Test
    void aCancelEndsThePauseThatItsClientWaitsFor() {
        try (var pooler = PoolerFixture.wish().start();
                var worker = pooler.door().login();
                var other = pooler.door().login();
                var admin = consoleOf(pooler);
                var canceller = pooler.door().connect()) {
            worker.asks("begin");
            admin.sends(query("pause"));
            assertThat(admin.hearsNothingFor(100)).isTrue();

            // when
            assertThat(canceller.sends(cancelRequest(admin.key())).receivesToEnd())
                    .isEmpty();

            // then
            assertThat(admin.receivesReady().getFirst().error())
                    .isEqualTo("ERROR 57014 canceling statement due to user request");
            assertThat(other.asksOne("select 42")).isEqualTo("42");
            assertThat(tags(admin.asks("show version"))).isEqualTo("TDCZ");
        }
    }

    @Test
    void suspendReadsNothingUntilResume() {
        try (var pooler = PoolerFixture.wish().start();
                var admin = consoleOf(pooler);
                var idle = pooler.door().login();
                var worker = pooler.door().login();
                var streaming = pooler.door().login()) {
            // given
            worker.asks("begin; select 1");
            streaming.sends(query("select pg_sleep(1) from generate_series(1, 5)"));

            // when
            var reply = admin.asks("suspend");

            // then
            assertThat(tags(reply)).isEqualTo("CZ");
            assertThat(isSuspended(admin)).contains("yes");
            idle.sends(query("select 42"));
            worker.sends(query("select 43"));
            try (var newcomer = pooler.door().login()) {
                newcomer.sends(query("select 44"));
                for (var client : List.of(idle, worker, newcomer, streaming)) {
                    assertThat(client.hearsNothingFor(300)).isTrue();
                }

                // when
                assertThat(tags(admin.asks("resume"))).isEqualTo("CZ");

                // then
                assertThat(tags(streaming.receivesReady())).isEqualTo("TDDDDDCZ");
                for (var client : List.of(idle, worker, newcomer)) {
                    assertThat(tags(client.receivesReady())).isEqualTo("TDCZ");
                }
                assertThat(isSuspended(admin)).contains("no");
            }
        }
    }

    private static String isSuspended(WireClient admin) {
        return admin.asks("show state").stream()
                .filter(reply -> reply.tag() == 'D' && reply.firstColumn().equals("suspended"))
                .toList()
                .toString();
    }

    @Test
    void suspendWaitsForAClientThatDoesNotReadAndIsTakenBackWhenItsOwnLeaves() {
        try (var pooler = PoolerFixture.wish().start();
                var admin = consoleOf(pooler);
                var other = pooler.door().login();
                var deaf = pooler.door().login()) {
            // given
            deaf.sends(query("select repeat('x', 1000000) from generate_series(1, 100)"));
            deaf.receives();
            Eventually.isTrue(
                    "PostgreSQL cannot send on",
                    () -> other.asksOne("select count(*) from pg_stat_activity"
                                    + " where wait_event = 'ClientWrite' and usename = current_user")
                            .equals("1"));

            // when
            admin.sends(query("suspend"));

            // then
            assertThat(admin.hearsNothingFor(300)).isTrue();
            admin.vanishes();
            assertThat(other.asksOne("select 42")).isEqualTo("42");
        }
    }

    @Test
    void killEndsClientsAndServersAndNewClientsWaitForResume() {
        try (var pooler = PoolerFixture.wish().start();
                var admin = consoleOf(pooler);
                var worker = pooler.door().login();
                var idle = pooler.door().login()) {
            worker.asks("begin");
            idle.asks("select 1");

            // when
            var reply = admin.asks("kill " + Door.DATABASE);

            // then
            assertThat(tags(reply)).isEqualTo("CZ");
            for (var ended : List.of(worker, idle)) {
                assertThat(ended.receivesToEnd().getLast().error())
                        .isEqualTo("FATAL 57P01 terminating connection due to administrator command");
            }
            Eventually.isTrue(
                    "no server is left",
                    () -> admin.asks("show servers").stream().noneMatch(one -> one.tag() == 'D'));
            try (var next = pooler.door().login()) {
                next.sends(query("select 42"));
                assertThat(next.hearsNothingFor(100)).isTrue();
                admin.asks("resume");
                assertThat(tags(next.receivesReady())).isEqualTo("TDCZ");
            }
        }
    }

    @Test
    void killClientEndsOneAndItsServer() {
        try (var pooler = PoolerFixture.wish().start();
                var admin = consoleOf(pooler);
                var worker = pooler.door().login();
                var other = pooler.door().login()) {
            worker.asks("begin; select 1");
            other.asks("select 1");
            var id = admin.asks("show clients").stream()
                    .filter(reply -> reply.tag() == 'D' && reply.body().contains("active"))
                    .map(Reply::firstColumn)
                    .collect(Collectors.joining());

            // when
            var replies = admin.asks("kill_client " + id);

            // then
            assertThat(tags(replies)).isEqualTo("CZ");
            assertThat(worker.receivesToEnd().getLast().sqlState()).isEqualTo("57P01");
            assertThat(other.asksOne("select 42")).isEqualTo("42");
            Eventually.isTrue(
                    "it is not known any more",
                    () -> "42704"
                            .equals(admin.asks("kill_client " + id).getFirst().sqlState()));
        }
    }

    @Test
    void aDisabledDatabaseLetsNobodyNewIn() {
        try (var pooler = PoolerFixture.wish().start();
                var admin = consoleOf(pooler);
                var inside = pooler.door().login();
                var outside = pooler.door().connect()) {
            // when
            admin.asks("disable " + Door.DATABASE);

            // then
            var refusal = outside.logsIn(Door.Role.APP.user(), Door.Role.APP.password(), Door.DATABASE, Map.of());
            assertThat(refusal.getLast().error())
                    .isEqualTo("FATAL 55000 database \"" + Door.DATABASE + "\" is not currently accepting connections");
            assertThat(inside.asksOne("select 42")).isEqualTo("42");
            admin.asks("enable " + Door.DATABASE);
            try (var next = pooler.door().login()) {
                assertThat(next.asksOne("select 43")).isEqualTo("43");
            }
        }
    }

    @Test
    void waitCloseWaitsForTheServersThatReconnectReplaces() {
        try (var pooler = PoolerFixture.wish().start();
                var admin = consoleOf(pooler);
                var worker = pooler.door().login()) {
            worker.asks("begin; select 1");
            assertThat(tags(admin.asks("reconnect"))).isEqualTo("CZ");

            // when
            admin.sends(query("wait_close"));
            assertThat(admin.hearsNothingFor(100)).isTrue();
            worker.asks("commit");

            // then
            assertThat(tags(admin.receivesReady())).isEqualTo("CZ");
        }
    }

    @Test
    void theStatsUserMayLookAndNothingElse() {
        try (var pooler = PoolerFixture.wish()
                        .general("stats_username", "watcher")
                        .general("stats_password", "watching")
                        .start();
                var watcher = pooler.door().connect().loggedIn("watcher", "watching", "pgbouncer", Map.of());
                var liar = pooler.door().connect()) {
            // when
            var stopped = watcher.asks("pause");

            // then
            assertThat(stopped.getFirst().error()).startsWith("ERROR 42501 permission denied for PAUSE");
            assertThat(tags(watcher.asks("show pools"))).matches("TD+CZ");
            assertThat(tags(watcher.sends(parse("", "kill"), sync()).receivesReady()))
                    .isEqualTo("EZ");
            assertThat(liar.logsIn("watcher", "guessing", "pgbouncer", Map.of())
                            .getLast()
                            .sqlState())
                    .isEqualTo("28P01");
        }
    }

    @Test
    void preparedStatementsAreSeenAndForgotten() {
        try (var pooler = PoolerFixture.wish().start();
                var admin = consoleOf(pooler)) {
            var worker = pooler.door().login();
            worker.sends(parse("mine", "select 4711"), parse("", "select 4712"), sync())
                    .receivesReady();

            // when
            var seen = admin.asks("show prepared_statements").toString();
            worker.close();

            // then
            assertThat(seen).contains("select 4711").contains("select 4712").contains("named");
            Eventually.isTrue("nobody knows them any more", () -> {
                admin.asks("reset interner");
                return admin.asks("show prepared_statements").stream().noneMatch(reply -> reply.tag() == 'D');
            });
        }
    }

    private static Connection jdbc(PoolerFixture pooler) throws SQLException {
        var login = new Properties();
        login.setProperty("user", PoolerFixture.ADMIN);
        login.setProperty("password", PoolerFixture.ADMIN_PASSWORD);
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + pooler.door().port() + "/pgbouncer", login);
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
