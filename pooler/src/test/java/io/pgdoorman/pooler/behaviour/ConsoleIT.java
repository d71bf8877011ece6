package io.pgdoorman.pooler.behaviour;

import static io.pgdoorman.pooler.behaviour.Consoles.consoleOf;
import static io.pgdoorman.pooler.behaviour.Consoles.jdbc;
import static io.pgdoorman.pooler.behaviour.Consoles.tags;
import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Door;
import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.Reply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// What the console shows, and what it orders of clients and servers.
class ConsoleIT {
    @Test
    void everyTableOfTheHelpIsShown() {
        try (var pooler = PoolerFixture.wish().start();
                var client = consoleOf(pooler)) {
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
}
