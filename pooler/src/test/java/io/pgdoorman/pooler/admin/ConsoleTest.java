package io.pgdoorman.pooler.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.client.AdminConsole.Answer;
import io.pgdoorman.pooler.client.AdminConsole.Prepared;
import io.pgdoorman.pooler.client.AdminConsole.Rights;
import io.pgdoorman.pooler.stats.CapSnapshot;
import io.pgdoorman.pooler.stats.FakeSnapshots;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.ProcessStats.Kind;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.wire.Column;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleTest {

    private static final long MILLI = 1_000_000;

    private final FakeSnapshots snapshots = new FakeSnapshots();
    private final ProcessStats process = new ProcessStats();
    private final FakeAdminActions actions = new FakeAdminActions();
    private final PoolStats stats = new PoolStats("db", "alice");
    private final Console console = new Console(new Console.Sources(
            snapshots,
            process,
            actions,
            () -> List.of(
                    new ConfigView.Parameter("general.port", "6432", "5432", false, "file", "Where clients knock.")),
            new FakeInspection(),
            new FakeLogLevels()));

    @BeforeEach
    void onePool() {
        stats.cancelBegan();
        snapshots.setPools(FakeSnapshots.pool(stats));
        snapshots.setCaps(new CapSnapshot("db", 12, 10, 5, 3, 4, 2));
        snapshots.setClients(FakeSnapshots.client(5, "db", "alice", "active"));
        snapshots.setServers(FakeSnapshots.server(6, "db", "alice", "idle"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SHOW VERSION",
                "show version;",
                "  Show\n\tVersion ; ; ",
                "/* who */ show version -- now",
                "SHOW \"version\""
            })
    void takesACommandHoweverItIsWritten(String sql) {
        assertThat(rows(sql).rows()).isEqualTo(List.of(List.of("PgDoorman 0.1.0")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ";", "  \n ", ";;", "-- nothing", "/* open"})
    void answersAnEmptyStatementAsEmpty(String sql) {
        assertThat(execute(sql)).isEqualTo(new Reply.Empty());
    }

    @Test
    void showsPoolsInPgDoormansColumns() {
        // given
        stats.transactionEnded(4 * MILLI);

        // when
        var reply = rows("SHOW POOLS");

        // then
        assertThat(String.join(", ", reply.columns()))
                .isEqualTo("database, user, pool_mode, cl_idle, cl_active, cl_waiting, cl_cancel_req, sv_active, "
                        + "sv_idle, sv_used, sv_login, pool_size, maxwait, maxwait_us, avg_xact_time, paused, "
                        + "fallback_active, oldest_active_age_ms, cl_active_cancel_req, cl_waiting_cancel_req, "
                        + "sv_active_cancel, sv_being_canceled, sv_tested");
        assertThat(String.join(",", reply.rows().getFirst()))
                .isEqualTo("db,alice,transaction,11,12,13,1,3,4,1,2,40,2,500000,4000,0,0,77,1,0,1,0,1");
        assertThat(reply.tag()).isEqualTo("SHOW");
    }

    @Test
    void showsPoolsExtendedWithPercentilesInMicroseconds() {
        // given
        stats.clientBytes(9, 8);
        stats.queryEnded(MILLI);
        stats.transactionEnded(2 * MILLI);

        // when
        var reply = rows("show pools_extended");

        // then
        assertThat(String.join(", ", reply.columns()))
                .isEqualTo("database, user, cl_active, cl_waiting, sv_active, sv_idle, sv_used, sv_login, pool_size, "
                        + "maxwait, maxwait_us, pool_mode, bytes_recieved, bytes_sent, query_0.99, transaction_0.99, "
                        + "query_0.95, transaction_0.95, query_0.5, transaction_0.5");
        assertThat(String.join(",", reply.rows().getFirst()))
                .isEqualTo("db,alice,12,13,3,4,1,2,40,2,500000,transaction,9,8,1000,2000,1000,2000,1000,2000");
    }

    @Test
    void showsClients() {
        var reply = rows("SHOW CLIENTS");
        assertThat(String.join(", ", reply.columns()))
                .isEqualTo("client_id, database, user, application_name, addr, tls, state, wait, transaction_count, "
                        + "query_count, error_count, age_seconds");
        assertThat(String.join(",", reply.rows().getFirst()))
                .isEqualTo("#c5,db,alice,psql,127.0.0.1:4711,false,active,read,21,22,23,24");
    }

    @Test
    void showsServers() {
        var reply = rows("SHOW SERVERS");
        assertThat(String.join(", ", reply.columns()))
                .isEqualTo("server_id, server_process_id, database_name, user, application_name, tls, state, wait, "
                        + "transaction_count, query_count, bytes_sent, bytes_received, age_seconds, "
                        + "prepare_cache_hit, prepare_cache_miss, prepare_cache_size");
        assertThat(String.join(",", reply.rows().getFirst()))
                .isEqualTo("#s6,815,db,alice,doorman,true,idle,idle,31,32,33,34,35,36,37,38");
    }

    @Test
    void showsStatsWithAveragesOfTheLastSeconds() {
        // given
        stats.tick(0);
        for (var i = 0; i < 20; i++) {
            stats.transactionEnded(2 * MILLI);
            stats.queryEnded(MILLI);
            stats.queryEnded(MILLI);
            stats.waited(3 * MILLI);
            stats.clientBytes(100, 50);
            stats.error("42601");
            stats.used(1, 4);
            stats.parseMiss();
            stats.parseHit();
            stats.parseHit();
        }
        stats.tick(10_000 * MILLI);

        // when
        var reply = rows("SHOW STATS");

        // then
        assertThat(String.join(", ", reply.columns()))
                .isEqualTo("database, user, total_xact_count, total_query_count, total_received, total_sent, "
                        + "total_xact_time, total_query_time, total_wait_time, total_errors, avg_xact_count, "
                        + "avg_query_count, avg_recv, avg_sent, avg_errors, avg_xact_time, avg_query_time, "
                        + "avg_wait_time, total_server_assignment_count, total_client_parse_count, "
                        + "total_server_parse_count, total_bind_count, avg_server_assignment_count, "
                        + "avg_client_parse_count, avg_server_parse_count, avg_bind_count");
        assertThat(String.join(",", reply.rows().getFirst()))
                .isEqualTo(
                        "db,alice,20,40,2000,1000,40000,40000,60000,20,2,4,200,100,2,2000,1000,3000,20,60,20,80,2,6,2,8");
    }

    @Test
    void showsDatabasesUsersAndConfig() {
        var databases = rows("SHOW DATABASES");
        assertThat(String.join(", ", databases.columns()))
                .isEqualTo("name, host, port, database, force_user, pool_size, min_pool_size, reserve_pool, "
                        + "pool_mode, max_connections, current_connections, paused, disabled");
        assertThat(String.join(",", databases.rows().getFirst()))
                .isEqualTo("db,pg.example,5432,real_db,alice,40,5,0,transaction,40,10,0,0");
        assertThat(rows("SHOW USERS"))
                .isEqualTo(
                        new Reply.Rows(List.of("name", "pool_mode"), List.of(List.of("alice", "transaction")), "SHOW"));
        assertThat(rows("SHOW CONFIG"))
                .isEqualTo(new Reply.Rows(
                        List.of("key", "value", "default", "changeable"),
                        List.of(List.of("general.port", "6432", "5432", "no")),
                        "SHOW"));
    }

    @Test
    void showsPgBouncersFiguresOfADatabaseOverAllItsUsers() {
        // given
        var other = new PoolStats("db", "bob");
        snapshots.setPools(FakeSnapshots.pool(stats), FakeSnapshots.pool(other));
        for (var one : List.of(stats, other)) {
            one.tick(0);
            one.transactionEnded(4 * MILLI);
            one.queryEnded(MILLI);
            one.queryEnded(3 * MILLI);
            one.used(10, 20);
            one.tick(10_000 * MILLI);
        }

        // when
        var totals = rows("SHOW STATS_TOTALS");
        var averages = rows("SHOW STATS_AVERAGES");
        var all = rows("SHOW TOTALS");

        // then
        assertThat(String.join(", ", totals.columns()))
                .isEqualTo("database, server_assignment_count, xact_count, query_count, bytes_received, bytes_sent, "
                        + "xact_time, query_time, wait_time, client_parse_count, server_parse_count, bind_count");
        assertThat(averages.columns()).isEqualTo(totals.columns());
        assertThat(totals.rows()).hasSize(1);
        assertThat(String.join(",", totals.rows().getFirst())).isEqualTo("db,20,2,4,0,0,8000,8000,0,0,0,40");
        assertThat(String.join(",", averages.rows().getFirst())).isEqualTo("db,2,0,0,0,0,4000,2000,0,0,0,4");
        assertThat(all.rows()).hasSize(22).contains(List.of("total_xact_time", "8000"), List.of("avg_bind_count", "4"));
    }

    @Test
    void showsTheProcess() {
        assertThat(flat("SHOW MEM")).isEqualTo("name, size, used, free, memtotal: heap,1,100,150,250");
        assertThat(flat("SHOW DNS_HOSTS")).isEqualTo("hostname, ttl, addrs: pg.example,9,192.0.2.1,192.0.2.2");
        assertThat(flat("SHOW DNS_ZONES")).isEqualTo("zonename, serial, count: ");
        assertThat(flat("SHOW PEERS")).isEqualTo("peer_id, host, port, pool_size: ");
        assertThat(flat("SHOW FDS"))
                .startsWith("fd, task, user, database, addr, port, state: 5,client,alice,db,192.0.2.9,4711,");
        assertThat(flat("SHOW POOL_COORDINATOR"))
                .isEqualTo("database, max_db_conn, current, reserve_size, reserve_used, evictions, reserve_acq, "
                        + "exhaustions: db,10,12,5,2,3,4,2");
        assertThat(flat("SHOW STARTUP_PARAMETERS"))
                .isEqualTo("user, database, parameter, value, source, state: alice,db,work_mem,64MB,pool,applied");
        assertThat(flat("SHOW CONFIG_EXTENDED"))
                .isEqualTo("key, value, default, source, change, meaning: "
                        + "general.port,6432,5432,file,restart,Where clients knock.");
    }

    @Test
    void countsSocketsByTheirState() {
        // when
        var sockets = rows("SHOW SOCKETS");

        // then
        var counts = sockets.rows().getFirst();
        assertThat(counts.get(sockets.columns().indexOf("tcp_established"))).isEqualTo("1");
        assertThat(counts.get(sockets.columns().indexOf("tcp6_listen"))).isEqualTo("1");
        assertThat(counts.get(sockets.columns().indexOf("unknown"))).isEqualTo("1");
        assertThat(counts.stream()
                        .mapToInt(count -> Integer.parseInt(String.valueOf(count)))
                        .sum())
                .isEqualTo(3);
    }

    @Test
    void setsTheLevelOfTheLog() {
        assertThat(execute("SET log_level = 'warn,relay=debug'")).isEqualTo(new Reply.Done("SET"));
        assertThat(rows("SHOW LOG_LEVEL").rows()).isEqualTo(List.of(List.of("warn,relay=debug")));
        assertThat(execute("set log_level to debug;")).isEqualTo(new Reply.Done("SET"));
        assertThat(rows("SHOW LOG_LEVEL").rows()).isEqualTo(List.of(List.of("debug")));
        assertThat(execute("SET log_level = loud")).isEqualTo(new Reply.Failed("22023", "\"loud\" is no log level"));
        assertThat(execute("SET log_level debug")).isInstanceOf(Reply.Failed.class);
    }

    @ParameterizedTest
    @CsvSource({
        "BEGIN, BEGIN",
        "begin transaction isolation level serializable, BEGIN",
        "START TRANSACTION, START TRANSACTION",
        "COMMIT, COMMIT",
        "END, COMMIT",
        "rollback;, ROLLBACK",
        "RESET ALL, RESET",
        "DISCARD ALL, DISCARD ALL of null",
        "DEALLOCATE ALL, DEALLOCATE ALL of null",
        "deallocate prepare \"S_1\", DEALLOCATE of S_1"
    })
    void isPoliteToDrivers(String sql, String tag) {
        assertThat(execute(sql)).isEqualTo(new Reply.Done(tag));
        assertThat(execute(sql, Rights.SHOW)).isEqualTo(new Reply.Done(tag));
    }

    @Test
    void showsParametersThatDriversAskFor() {
        assertThat(flat("SHOW server_version")).isEqualTo("server_version: 17.0");
        assertThat(flat("show transaction_isolation")).isEqualTo("transaction_isolation: read committed");
        assertThat(flat("SHOW HELP")).doesNotContain("SERVER_VERSION").doesNotContain("BEGIN");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RELOAD",
                "PAUSE",
                "resume db",
                "RECONNECT",
                "SHUTDOWN",
                "SHOW FDS",
                "KILL",
                "KILL_CLIENT 5",
                "DISABLE db",
                "RESET INTERNER",
                "SHOW INTERNER 9",
                "SHOW PREPARED_STATEMENTS",
                "SET log_level = 'off'"
            })
    void whoMayOnlyLookChangesNothing(String sql) {
        assertThat(execute(sql, Rights.SHOW)).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.sqlState()).isEqualTo("42501");
            assertThat(failed.message()).startsWith("permission denied for ");
        });
        assertThat(actions.calls).isEmpty();
        assertThat(execute("SHOW POOLS", Rights.SHOW)).isInstanceOf(Reply.Rows.class);
        assertThat(execute("SET extra_float_digits = 3", Rights.SHOW)).isEqualTo(new Reply.Done("SET"));
    }

    @Test
    void showsListsAndConnections() {
        // given
        process.accepted(Kind.PLAIN);
        process.accepted(Kind.PLAIN);
        process.accepted(Kind.TLS);
        process.rejected(Reason.HBA);

        // then
        var lists = rows("SHOW LISTS");
        assertThat(lists.columns()).containsExactly("list", "items");
        assertThat(lists.rows().stream().map(row -> row.get(0) + "=" + row.get(1)))
                .containsExactly(
                        "databases=1",
                        "users=1",
                        "pools=1",
                        "free_clients=11",
                        "used_clients=25",
                        "login_clients=2",
                        "free_servers=4",
                        "used_servers=6",
                        "dns_names=1",
                        "dns_zones=0",
                        "dns_queries=0",
                        "dns_pending=0");
        assertThat(rows("SHOW CONNECTIONS"))
                .isEqualTo(new Reply.Rows(
                        List.of("total", "errors", "tls", "plain", "cancel"),
                        List.of(List.of("3", "1", "1", "2", "0")),
                        "SHOW"));
    }

    @Test
    void showsWhatCameOfLookingUsersUp() {
        // given
        snapshots.setLookups(FakeSnapshots.lookup("db"));

        // when
        var reply = rows("SHOW AUTH_QUERY");

        // then
        assertThat(String.join(", ", reply.columns()))
                .isEqualTo("database, cache_entries, cache_hits, cache_misses, cache_refetches, cache_rate_limited, "
                        + "auth_success, auth_failure, executor_queries, executor_errors, dynamic_pools_current, "
                        + "dynamic_pools_created, dynamic_pools_destroyed");
        assertThat(String.join(",", reply.rows().getFirst())).isEqualTo("db,1,2,3,4,5,6,7,8,9,10,11,12");
    }

    @Test
    void showsStateAndConfigHash() {
        assertThat(rows("SHOW STATE").rows())
                .isEqualTo(List.of(
                        List.of("active", "yes"),
                        List.of("paused", "no"),
                        List.of("suspended", "no"),
                        List.of("process", "ready")));
        assertThat(rows("SHOW CONFIG_HASH"))
                .isEqualTo(new Reply.Rows(List.of("hash", "generation"), List.of(List.of("abc", "7")), "SHOW"));
    }

    @Test
    void listsEveryCommandInHelp() {
        var items = rows("SHOW HELP").rows().stream().map(List::getFirst).toList();
        assertThat(items)
                .contains("SHOW POOLS", "SHOW CONFIG_HASH", "RELOAD", "PAUSE [database]", "RECONNECT [database]");
    }

    @Test
    void reloads() {
        // when
        var live = execute("RELOAD;");
        actions.nextOutcome = CompletableFuture.completedFuture(new ReloadOutcome.Refused("general.port: no"));
        var refused = execute("reload");

        // then
        assertThat(live).isEqualTo(new Reply.Done("RELOAD"));
        assertThat(refused).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.sqlState()).isEqualTo("F0000");
            assertThat(failed.message()).contains("general.port: no");
        });
    }

    @Test
    void actsOnOneDatabaseOrOnAll() {
        assertThat(execute("PAUSE")).isEqualTo(new Reply.Done("PAUSE"));
        assertThat(execute("pause db;")).isEqualTo(new Reply.Done("PAUSE"));
        assertThat(execute("RESUME \"db\"")).isEqualTo(new Reply.Done("RESUME"));
        assertThat(execute("RECONNECT 'db'")).isEqualTo(new Reply.Done("RECONNECT"));
        assertThat(execute("SHUTDOWN")).isEqualTo(new Reply.Done("SHUTDOWN"));
        assertThat(actions.calls)
                .containsExactly("pause null", "pause db", "resume db", "reconnect db", "shutdown DRAIN");
    }

    @Test
    void actsAsPgBouncerDoes() {
        for (var sql : List.of(
                "WAIT_CLOSE db",
                "KILL db",
                "kill",
                "KILL_CLIENT 5",
                "KILL_CLIENT #c5",
                "KILL_CLIENT 'c5'",
                "DISABLE db",
                "ENABLE db",
                "RESET INTERNER",
                "SHUTDOWN WAIT_FOR_SERVERS",
                "SHUTDOWN wait_for_clients")) {
            assertThat(execute(sql)).as(sql).isInstanceOf(Reply.Done.class);
        }
        assertThat(actions.calls)
                .containsExactly(
                        "wait_close db",
                        "kill db",
                        "kill null",
                        "kill_client 5",
                        "kill_client 5",
                        "kill_client 5",
                        "disable db",
                        "enable db",
                        "reset interner",
                        "shutdown SERVERS_FREE",
                        "shutdown CLIENTS_LEFT");
    }

    @Test
    void refusesWhatIsNotThere() {
        assertThat(execute("KILL_CLIENT 6")).isEqualTo(new Reply.Failed("42704", "client \"6\" is not connected"));
        assertThat(execute("DISABLE nowhere")).isEqualTo(new Reply.Failed("3D000", "database \"nowhere\" has no pool"));
        assertThat(execute("KILL nowhere")).isEqualTo(new Reply.Failed("3D000", "database \"nowhere\" has no pool"));
    }

    @Test
    void takesAPauseBackWhoseClientLeft() {
        // given
        var prepared = console.prepare("PAUSE db", Rights.ALL);
        assertThat(prepared).isInstanceOf(Prepared.Command.class);
        var running = ((Prepared.Command) prepared).run().get();

        // when
        Objects.requireNonNull(running.abandon()).run();

        // then
        assertThat(actions.calls).containsExactly("pause db", "resume db");
    }

    @Test
    void showsWhatPreparedStatementsTake() {
        assertThat(flat("SHOW POOLS_MEMORY"))
                .isEqualTo("database, user, pool_prepared_count, pool_prepared_bytes, client_prepared_count, "
                        + "client_prepared_bytes, client_named_count, client_anonymous_count, "
                        + "client_anonymous_evictions_alive, async_clients: db,alice,3,300,5,500,3,2,0,6");
        assertThat(flat("SHOW POOL_MEMORY")).isEqualTo(flat("SHOW POOLS_MEMORY"));
        assertThat(flat("SHOW PREPARED_STATEMENTS"))
                .isEqualTo("pool, hash, name, query, count_used, kind: "
                        + "alice@db,abcd,DOORMAN_0_1,select 1,7,anonymous; "
                        + "alice@db,ef01,DOORMAN_1_1,select 22,8,named");
        assertThat(flat("SHOW INTERNER")).isEqualTo("kind, entries, bytes: named,1,12; anonymous,1,11");
        assertThat(flat("SHOW INTERNER 1"))
                .isEqualTo("hash, kind, bytes, idle_ms, query: ef01,named,12,4000,select 22");
        assertThat(flat("SHOW POOL_SCALING"))
                .isEqualTo("user, database, inflight, creates, gate_waits, gate_budget_ex, antic_notify, "
                        + "antic_timeout, create_fallback, replenish_def: alice,db,2,2,3,8,4,7,5,6");
    }

    @Test
    void pauseThatWasResumedBeforeItWasCompleteIsAnError() {
        // given
        actions.fulfilled = false;

        // when
        var reply = execute("PAUSE");

        // then
        assertThat(reply)
                .isEqualTo(new Reply.Failed("57014", "PAUSE was ended by another command before it was complete"));
    }

    @Test
    void refusesAnUnknownDatabase() {
        assertThat(execute("PAUSE \"no;\"\"where\""))
                .isEqualTo(new Reply.Failed("3D000", "database \"no;\"where\" has no pool"));
    }

    @ParameterizedTest
    @CsvSource({"SHOW POOL, SHOW POOLS", "SHW CLIENTS, SHOW CLIENTS", "relaod, RELOAD", "SHOW, SET", "relod now, RELOAD"
    })
    void namesTheNearestCommand(String sql, String nearest) {
        assertThat(execute(sql)).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.sqlState()).isEqualTo("42601");
            assertThat(failed.message()).contains("unknown command").contains("the nearest is " + nearest);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SHOW POOLS now",
                "PAUSE a b",
                "PAUSE *",
                "RELOAD all",
                "SHUTDOWN NOW",
                "SHUTDOWN WAIT_FOR_CLIENTS NOW",
                "KILL_CLIENT",
                "KILL_CLIENT five",
                "DISABLE",
                "ENABLE a b",
                "KILL a b",
                "SHOW INTERNER many",
                "SHOW INTERNER -1",
                "RESET INTERNER now",
                "SHOW POOLS; SHOW CLIENTS",
                "SET",
                "SET = 1"
            })
    void refusesWhatDoesNotBelong(String sql) {
        assertThat(execute(sql))
                .isInstanceOfSatisfying(
                        Reply.Failed.class,
                        failed -> assertThat(failed.sqlState()).isEqualTo("42601"));
        assertThat(actions.calls).isEmpty();
    }

    @Test
    void upgradeTellsWhyTheNewProcessDidNotTakeOver() {
        // given
        assertThat(execute("upgrade")).isEqualTo(new Reply.Done("UPGRADE"));
        actions.upgradeFailure = Optional.of("the new process ended with status 78");

        // when
        var reply = execute("UPGRADE");

        // then
        assertThat(reply).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.sqlState()).isEqualTo("55000");
            assertThat(failed.message()).contains("this process goes on: the new process ended with status 78");
        });
        assertThat(actions.calls).containsExactly("upgrade", "upgrade");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHOW ACTIVE_SOCKETS", "SUSPEND"})
    void saysThatAKnownCommandIsNotSupportedYet(String sql) {
        assertThat(execute(sql)).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
            assertThat(failed.sqlState()).isEqualTo("0A000");
            assertThat(failed.message()).contains("not supported yet");
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET extra_float_digits = 3",
                "SET application_name = 'PostgreSQL JDBC Driver'",
                "set client_encoding to 'UTF8';",
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
            })
    void acceptsSettingsOfDrivers(String sql) {
        assertThat(execute(sql)).isEqualTo(new Reply.Done("SET"));
    }

    @Test
    void completesShowInPsql() {
        // given
        var older = "SELECT name FROM  (SELECT pg_catalog.lower(name) AS name FROM pg_catalog.pg_settings   UNION ALL"
                + " SELECT 'session authorization'   UNION ALL SELECT 'all') ss  WHERE substring(name,1,7)='pools_e'\n"
                + "LIMIT 1000";
        var newer = "SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings  WHERE context != 'internal' AND "
                + "pg_catalog.lower(name) LIKE pg_catalog.lower('pools\\_e%')\nLIMIT 1000";
        var all = "SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings WHERE (pg_catalog.lower(name)) LIKE '%'";

        // then
        assertThat(rows(older).rows()).isEqualTo(List.of(List.of("pools_extended")));
        assertThat(rows(newer).rows()).isEqualTo(rows(older).rows());
        assertThat(rows(newer).columns()).containsExactly("name");
        assertThat(rows(all).rows()).contains(List.of("clients"), List.of("version"));
    }

    @Test
    void answersHealthChecksAndHasNoTables() {
        assertThat(flat("SELECT 1;")).isEqualTo("?column?: 1");
        for (var sql : List.of("SELECT", "SELECT 1, 2", "SELECT * FROM pg_class", "SELECT 'a'", "SELECT now")) {
            assertThat(execute(sql)).as(sql).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
                assertThat(failed.sqlState()).isEqualTo("0A000");
                assertThat(failed.message()).startsWith("the console has no tables");
            });
        }
    }

    @Test
    void neverThrows() {
        // given
        var random = new Random(3);
        var pieces =
                List.of("show", " ", ";", "'", "\"", "/*", "*/", "--", "\n", "pools", "\u0000", "\ud800", "ü", "(");

        for (var i = 0; i < 20_000; i++) {
            var sql = new StringBuilder();
            for (var p = random.nextInt(8); p >= 0; p--) {
                sql.append(pieces.get(random.nextInt(pieces.size())));
            }

            // when
            var reply = execute(sql.toString());

            // then
            if (reply instanceof Reply.Failed failed) {
                assertThat(failed.sqlState()).as(sql.toString()).isNotEqualTo("XX000");
            }
        }
    }

    @Test
    void boundsWhatItRepeats() {
        assertThat(execute("x".repeat(1_000_000)))
                .isInstanceOfSatisfying(
                        Reply.Failed.class,
                        failed -> assertThat(failed.message()).hasSizeLessThan(200));
    }

    @Test
    void turnsAFailureOfAnActionIntoAnInternalError() {
        // given
        actions.nextOutcome = CompletableFuture.failedFuture(new IllegalStateException("bug"));

        // when
        var reply = execute("RELOAD");

        // then
        assertThat(reply)
                .isInstanceOfSatisfying(
                        Reply.Failed.class,
                        failed -> assertThat(failed.sqlState()).isEqualTo("XX000"));
    }

    private Reply execute(String sql) {
        return execute(sql, Rights.ALL);
    }

    private Reply execute(String sql, Rights rights) {
        return switch (console.prepare(sql, rights)) {
            case Prepared.Nothing() -> new Reply.Empty();
            case Prepared.Refused(var error) -> new Reply.Failed(error.sqlState(), error.message());
            case Prepared.Command command ->
                switch (command.run().get().answer().toCompletableFuture().join()) {
                    case Answer.Rows(var rows, var tag) ->
                        new Reply.Rows(
                                command.columns().stream().map(Column::name).toList(), rows, tag);
                    case Answer.Done(var tag) -> new Reply.Done(tag);
                    case Answer.Forgotten(var tag, var name) -> new Reply.Done(tag + " of " + name);
                    case Answer.Failed(var error) -> new Reply.Failed(error.sqlState(), error.message());
                };
        };
    }

    private String flat(String sql) {
        var reply = rows(sql);
        return String.join(", ", reply.columns()) + ": "
                + reply.rows().stream()
                        .map(row -> String.join(
                                ",", row.stream().map(String::valueOf).toList()))
                        .collect(Collectors.joining("; "));
    }

    private Reply.Rows rows(String sql) {
        var reply = execute(sql);
        assertThat(reply).isInstanceOf(Reply.Rows.class);
        var rows = (Reply.Rows) reply;
        for (List<@Nullable String> row : rows.rows()) {
            assertThat(row).hasSameSizeAs(rows.columns());
        }
        return rows;
    }

    /// What a client of the simple protocol would see.
    private sealed interface Reply {
        record Rows(List<String> columns, List<List<@Nullable String>> rows, String tag) implements Reply {}

        record Done(String tag) implements Reply {}

        record Empty() implements Reply {}

        record Failed(String sqlState, String message) implements Reply {}
    }
}
