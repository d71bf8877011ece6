package io.pgdoorman.pooler.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.stats.FakeSnapshots;
import io.pgdoorman.pooler.stats.LimitSnapshot;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.ProcessStats.Kind;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What SHOW shows, column by column.
class ConsoleTablesTest extends ConsoleStage {

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
    void showsPoolsWhoseServersComeFromElsewhere() {
        // given
        snapshots.setFallbacks(FakeSnapshots.away("db"));

        // when
        var reply = rows("SHOW POOLS");

        // then
        int column = reply.columns().indexOf("fallback_active");
        assertThat(reply.rows().getFirst().get(column)).isEqualTo("1");
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
        assertThat(flat("SHOW PEERS")).isEqualTo("peer_id, host, port, pool_size: 2,127.0.0.2,6432,64");
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
    void showsWhatTheProcessMayHaveOfServersWhereThereIsAMost() {
        // when
        snapshots.setLimits(List.of(
                LimitSnapshot.ofProcess("max_connections", 7, 100),
                LimitSnapshot.ofProcess(LimitSnapshot.SERVERS, 12, 15),
                LimitSnapshot.ofProcess(LimitSnapshot.SHARE, 12, 10)));

        // then
        assertThat(rows("SHOW STATE").rows())
                .endsWith(List.of("server_connections", "15"), List.of("server_connections_share", "10"));
    }

    @Test
    void listsEveryCommandInHelp() {
        var items = rows("SHOW HELP").rows().stream().map(List::getFirst).toList();
        assertThat(items)
                .contains("SHOW POOLS", "SHOW CONFIG_HASH", "RELOAD", "PAUSE [database]", "RECONNECT [database]");
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
}
