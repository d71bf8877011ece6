package io.pgdoorman.pooler.http;

import static io.pgdoorman.pooler.script.Message.bind;
import static io.pgdoorman.pooler.script.Message.cancelRequest;
import static io.pgdoorman.pooler.script.Message.describeStatement;
import static io.pgdoorman.pooler.script.Message.execute;
import static io.pgdoorman.pooler.script.Message.flush;
import static io.pgdoorman.pooler.script.Message.parse;
import static io.pgdoorman.pooler.script.Message.query;
import static io.pgdoorman.pooler.script.Message.sync;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.Eventually;
import io.pgdoorman.pooler.script.PoolerFixture;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;

/// What clients do to a pooler before PostgreSQL is counted, and counted down again.
class CountersIT {
    private static final String LABELS = "{database=\"shop\",user=\"app\"}";

    private static PrometheusText scrape(PoolerFixture pooler) throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var uri = URI.create("http://127.0.0.1:" + pooler.webPort() + "/metrics");
            return PrometheusText.parse(client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body());
        }
    }

    private static double value(PoolerFixture pooler, String name) throws IOException, InterruptedException {
        return scrape(pooler).value("pg_doorman_" + name + LABELS);
    }

    @Test
    void statementsAreCountedAsLongAsSomebodyKnowsThem() throws Exception {
        try (var pooler = PoolerFixture.wish().start()) {
            var client = pooler.door().login();

            // when
            client.sends(parse("a", "select 1"), parse("b", "select 1"), parse("", "select 22"), sync())
                    .receivesReady();

            // then
            assertThat(value(pooler, "pool_prepared_cache_entries")).isEqualTo(2);
            assertThat(value(pooler, "pool_prepared_cache_bytes")).isEqualTo(11 + 12);
            assertThat(value(pooler, "clients_prepared_cache_entries")).isEqualTo(3);
            assertThat(value(pooler, "clients_prepared_cache_bytes")).isEqualTo(11 + 11 + 12);
            assertThat(value(pooler, "clients_prepared_named_entries")).isEqualTo(2);
            assertThat(value(pooler, "clients_prepared_anonymous_entries")).isEqualTo(1);
            client.close();
            Eventually.isTrue("its names go with a client", () -> value(pooler, "clients_prepared_cache_entries") == 0);
            assertThat(value(pooler, "clients_prepared_cache_bytes")).isZero();
            assertThat(value(pooler, "pool_prepared_cache_entries")).isEqualTo(2);
        }
    }

    @Test
    void statementThatRunsIsNotIdle() {
        try (var pooler = PoolerFixture.wish().start();
                var client = pooler.door().login()) {
            client.sends(parse("a", "select 1"), sync()).receivesReady();

            // when then
            Eventually.isTrue("it gets older", () -> idleMillis(pooler) > 0);
            Eventually.isTrue("use makes it young", () -> {
                client.sends(bind("a"), execute(), sync()).receivesReady();
                return idleMillis(pooler) == 0;
            });
        }
    }

    private static long idleMillis(PoolerFixture pooler) {
        return Long.parseLong(pooler.console("show interner 1", "idle_ms").getFirst());
    }

    @Test
    void checkQueriesAreCountedByWhoAnsweredThem() throws Exception {
        try (var pooler = PoolerFixture.wish()
                        .general("pooler_check_query", "\"select 'alive'\"")
                        .start();
                var client = pooler.door().login()) {
            // when
            for (int i = 0; i < 3; i++) {
                client.asks("select 'alive'");
            }

            // then
            assertThat(value(pooler, "pooler_check_query_backend_total")).isEqualTo(1);
            assertThat(value(pooler, "pooler_check_query_cache_total")).isEqualTo(2);
        }
    }

    @Test
    void clientThatReadsBeforeItsSyncIsAsynchronous() throws Exception {
        try (var pooler = PoolerFixture.wish().start();
                var plain = pooler.door().login()) {
            var async = pooler.door().login();
            plain.asks("select 1");

            // when
            async.sends(parse("a", "select 1"), describeStatement("a"), flush()).receives(3);

            // then
            assertThat(value(pooler, "async_clients_count")).isEqualTo(1);
            assertThat(pooler.console("show pools_memory", "async_clients")).contains("1");
            async.sends(sync()).receivesReady();
            async.close();
            Eventually.isTrue("it left", () -> value(pooler, "async_clients_count") == 0);
        }
    }

    @Test
    void cancelRequestsAreCountedWhileTheyAreOnTheirWay() throws Exception {
        try (var pooler = PoolerFixture.wish().start();
                var client = pooler.door().login();
                var canceller = pooler.door().connect()) {
            client.sends(query("select pg_sleep(60)"));
            Eventually.isTrue(
                    "it runs",
                    () -> scrape(pooler)
                                    .value("pg_doorman_pools_clients{database=\"shop\",status=\"active\",user=\"app\"}")
                            == 1);

            // when
            canceller.sends(cancelRequest(client.key()));

            // then
            assertThat(client.receivesReady().toString()).contains("57014");
            Eventually.isTrue("none is on its way any more", () -> value(pooler, "pools_cancels") == 0);
        }
    }

    @Test
    void theStepsOfMakingAServerAreTimed() throws Exception {
        try (var pooler = PoolerFixture.wish().start();
                var client = pooler.door().login()) {
            client.asks("select 1");

            // when
            var page = scrape(pooler);

            // then
            var name = "pg_doorman_backend_create_duration_seconds_";
            for (var phase : new String[] {"tcp_connect", "auth", "startup"}) {
                assertThat(page.value(name + "count{phase=\"" + phase + "\"}"))
                        .as(phase)
                        .isPositive();
                assertThat(page.value(name + "sum{phase=\"" + phase + "\"}"))
                        .as(phase)
                        .isPositive();
            }
            assertThat(page.value(name + "count{phase=\"tls\"}")).isZero();
            assertThat(page.value("pg_doorman_server_tls_connections" + LABELS)).isZero();
            assertThat(page.value(
                            "pg_doorman_pool_scaling_total{database=\"shop\",type=\"creates_started\",user=\"app\"}"))
                    .isPositive();
        }
    }
}
