package io.pgdoorman.pooler.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.stats.FakeSnapshots;
import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.pgdoorman.pooler.stats.PoolStats;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.ProcessStats.Kind;
import io.pgdoorman.pooler.stats.ProcessStats.Reason;
import io.pgdoorman.pooler.stats.ProcessStats.ReloadResult;
import io.pgdoorman.pooler.stats.WebStats;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MetricsPageTest {

    private static final long MILLI = 1_000_000;

    private final FakeSnapshots snapshots = new FakeSnapshots();
    private final ProcessStats process = new ProcessStats();
    private final FakeActions actions = new FakeActions();
    private final MetricsPage page = new MetricsPage(new PoolerMetrics(snapshots, process, actions, new WebStats()));
    private final PoolStats stats = new PoolStats("db", "alice");

    @Test
    void isValidWithNothingToTell() {
        assertThat(scrape().value("pg_doorman_build_info{version=\"0.1.0\"}")).isEqualTo(1);
    }

    @Test
    void tellsAPoolUnderPgDoormansNames() {
        // given
        snapshots.setPools(FakeSnapshots.pool(stats));
        stats.transactionEnded(4 * MILLI);
        stats.queryEnded(500_000);
        stats.queryEnded(MILLI);
        stats.waited(2 * MILLI);
        stats.clientBytes(100, 200);
        stats.error("08006");
        stats.error("42601");
        stats.parseHit();
        stats.parseMiss();

        // when
        var text = scrape();

        // then
        var labels = "database=\"db\",user=\"alice\"";
        assertThat(text.value("pg_doorman_users_configured{database=\"db\",pool_mode=\"transaction\",user=\"alice\"}"))
                .isEqualTo(1);
        assertThat(text.value("pg_doorman_pool_size{" + labels + "}")).isEqualTo(40);
        assertThat(text.value("pg_doorman_pools_clients{database=\"db\",status=\"active\",user=\"alice\"}"))
                .isEqualTo(12);
        assertThat(text.value("pg_doorman_pools_clients{database=\"db\",status=\"waiting\",user=\"alice\"}"))
                .isEqualTo(13);
        assertThat(text.value("pg_doorman_pools_servers{database=\"db\",status=\"idle\",user=\"alice\"}"))
                .isEqualTo(4);
        assertThat(text.value("pg_doorman_pools_oldest_active_age_ms{" + labels + "}"))
                .isEqualTo(77);
        assertThat(text.value("pg_doorman_pools_paused{" + labels + "}")).isZero();
        assertThat(text.value("pg_doorman_pools_maxwait_microseconds{" + labels + "}"))
                .isEqualTo(2_500_000);
        assertThat(text.value("pg_doorman_pools_errors_total{database=\"db\",sqlstate=\"08\",user=\"alice\"}"))
                .isEqualTo(1);
        assertThat(text.value("pg_doorman_pools_errors_total{database=\"db\",sqlstate=\"other\",user=\"alice\"}"))
                .isEqualTo(1);
        assertThat(text.value("pg_doorman_pools_bytes_total{database=\"db\",direction=\"sent\",user=\"alice\"}"))
                .isEqualTo(200);
        assertThat(text.value("pg_doorman_pools_bytes{database=\"db\",direction=\"received\",user=\"alice\"}"))
                .isEqualTo(100);
        assertThat(text.value("pg_doorman_pools_queries_total{" + labels + "}")).isEqualTo(2);
        assertThat(text.value("pg_doorman_pools_queries_count{" + labels + "}")).isEqualTo(2);
        assertThat(text.value("pg_doorman_pools_queries_total_time{" + labels + "}"))
                .isEqualTo(1.5);
        assertThat(text.value("pg_doorman_pools_transactions_total{" + labels + "}"))
                .isEqualTo(1);
        assertThat(text.value("pg_doorman_servers_prepared_hits_total{" + labels + "}"))
                .isEqualTo(1);
        assertThat(text.value("pg_doorman_servers_prepared_misses{" + labels + "}"))
                .isEqualTo(1);
        assertThat(text.value(
                        "pg_doorman_pools_transactions_percentile{database=\"db\",percentile=\"99\",user=\"alice\"}"))
                .isBetween(3.5, 4.0);
        assertThat(text.value("pg_doorman_pools_avg_wait_time{" + labels + "}")).isEqualTo(2);
    }

    @Test
    void tellsWhatCameOfLookingUsersUp() {
        // given
        snapshots.setLookups(FakeSnapshots.lookup("db"));

        // when
        var text = scrape();

        // then
        assertThat(text.value("pg_doorman_auth_query_cache{database=\"db\",type=\"entries\"}"))
                .isEqualTo(1);
        assertThat(text.value("pg_doorman_auth_query_cache_total{database=\"db\",type=\"rate_limited\"}"))
                .isEqualTo(5);
        assertThat(text.value("pg_doorman_auth_query_auth_total{database=\"db\",type=\"failure\"}"))
                .isEqualTo(7);
        assertThat(text.value("pg_doorman_auth_query_executor{database=\"db\",type=\"errors\"}"))
                .isEqualTo(9);
        assertThat(text.value("pg_doorman_auth_query_dynamic_pools{database=\"db\",type=\"current\"}"))
                .isEqualTo(10);
        assertThat(text.value("pg_doorman_auth_query_dynamic_pools_total{database=\"db\",type=\"destroyed\"}"))
                .isEqualTo(12);
    }

    @Test
    void tellsOfTheFallback() {
        // given
        var stats = FakeSnapshots.away("db");
        snapshots.setFallbacks(stats);

        // when
        var away = scrape();
        stats.home();
        snapshots.setFallbacks(stats);
        var home = scrape();

        // then
        var pool = "{pool=\"db\"}";
        assertThat(away.value("pg_doorman_patroni_api_requests_total" + pool)).isEqualTo(2);
        assertThat(away.value("pg_doorman_patroni_api_errors_total" + pool)).isOne();
        assertThat(away.value("pg_doorman_patroni_api_duration_seconds_count" + pool))
                .isEqualTo(2);
        assertThat(away.value("pg_doorman_fallback_active" + pool)).isOne();
        var host = "pg_doorman_fallback_host{host=\"10.0.0.2\",pool=\"db\",port=\"5433\"}";
        assertThat(away.value(host)).isOne();
        assertThat(away.value("pg_doorman_fallback_connections_total" + pool)).isEqualTo(3);
        assertThat(away.value("pg_doorman_fallback_cache_hits_total" + pool)).isOne();
        assertThat(away.value("pg_doorman_fallback_candidate_failures_total{pool=\"db\",reason=\"timeout\"}"))
                .isOne();
        assertThat(away.value("pg_doorman_fallback_candidate_failures_total{pool=\"db\",reason=\"connect_error\"}"))
                .isZero();
        assertThat(home.value("pg_doorman_fallback_active" + pool)).isZero();
        assertThat(home.has(host)).isFalse();
    }

    @Test
    void givesHistogramsPgDoormansBoundsAndFinerOnes() {
        // given
        snapshots.setPools(FakeSnapshots.pool(stats));
        stats.queryEnded(500_000);
        stats.queryEnded(MILLI);

        // when
        var text = scrape();

        // then
        var prefix = "pg_doorman_pools_query_duration_seconds_bucket{database=\"db\",user=\"alice\",le=\"";
        assertThat(text.value(prefix + "5.0E-4\"}")).isEqualTo(1);
        assertThat(text.value(prefix + "0.001\"}")).isEqualTo(2);
        for (var bound : List.of("1.0E-4", "0.005", "0.01", "0.05", "0.1", "0.5", "1.0", "5.0", "10.0", "+Inf")) {
            assertThat(text.has(prefix + bound + "\"}")).as(bound).isTrue();
        }
        assertThat(text.samples().keySet().stream().filter(series -> series.startsWith(prefix)))
                .hasSizeGreaterThan(20);
        assertThat(text.type("pg_doorman_pools_wait_duration_seconds")).isEqualTo("histogram");
        assertThat(text.type("pg_doorman_pools_transaction_duration_seconds")).isEqualTo("histogram");
    }

    @Test
    void tellsTheProcessAndItsConfiguration() {
        // given
        process.accepted(Kind.PLAIN);
        process.accepted(Kind.TLS);
        process.rejected(Reason.HBA);
        process.reloaded(ReloadResult.REJECTED);
        process.connectPhase(ProcessStats.ConnectPhase.TCP_CONNECT, MILLI);
        actions.state = new ControlState(
                actions.state.version(),
                ControlState.Phase.DRAINING,
                actions.state.loaded(),
                new RejectedConfig(null, List.of()),
                actions.state.load(),
                actions.state.servers(),
                actions.state.troubles(),
                actions.state.previousLogins(),
                actions.state.startedAt());

        // when
        var text = scrape();

        // then
        assertThat(text.value("pg_doorman_connections_total{type=\"plain\"}")).isEqualTo(1);
        assertThat(text.value("pg_doorman_connections_total{type=\"total\"}")).isEqualTo(2);
        assertThat(text.value("pg_doorman_connection_count{type=\"tls\"}")).isEqualTo(1);
        assertThat(text.value("pg_doorman_listener_rejections_total{reason=\"hba\"}"))
                .isEqualTo(1);
        assertThat(text.value("pg_doorman_listener_rejections_total{reason=\"too_many_clients\"}"))
                .isZero();
        assertThat(text.value("pg_doorman_reload_total{result=\"rejected\"}")).isEqualTo(1);
        assertThat(text.value("pg_doorman_config_generation")).isEqualTo(7);
        assertThat(text.value("pg_doorman_config_hash{hash=\"abc\"}")).isEqualTo(1);
        assertThat(text.value("pg_doorman_config_rejected")).isEqualTo(1);
        assertThat(text.value("pg_doorman_state{state=\"draining\"}")).isEqualTo(1);
        assertThat(text.value("pg_doorman_backend_create_duration_seconds_count{phase=\"tcp_connect\"}"))
                .isEqualTo(1);
        assertThat(text.value("pg_doorman_total_memory")).isGreaterThan(1 << 20);
        assertThat(text.samples().keySet()).anyMatch(series -> series.startsWith("jvm_memory_used_bytes{"));
    }

    @Test
    void forgetsARemovedPool() {
        // given
        snapshots.setPools(FakeSnapshots.pool(stats));
        var before = scrape();
        snapshots.setPools();

        // when
        var after = scrape();

        // then
        assertThat(before.has("pg_doorman_pool_size{database=\"db\",user=\"alice\"}"))
                .isTrue();
        assertThat(after.samples().keySet()).noneMatch(series -> series.contains("alice"));
    }

    @Test
    void staysValidWithHostileNamesAndAReplacedPool() {
        // given
        var hostile = new PoolStats("a\"b\\c\nd{}", "ü\u0001'");
        snapshots.setPools(FakeSnapshots.pool(hostile), FakeSnapshots.pool(hostile), FakeSnapshots.pool(stats));

        // when
        var text = scrape();

        // then
        assertThat(text.value("pg_doorman_pool_size{database=\"a\\\"b\\\\c\\nd{}\",user=\"ü\u0001'\"}"))
                .isEqualTo(40);
    }

    @Test
    void boundsThePoolsThatItTells() {
        // given
        snapshots.setPools(IntStream.range(0, 1003)
                .mapToObj(i -> FakeSnapshots.pool(new PoolStats("db", "user" + i)))
                .toArray(PoolSnapshot[]::new));

        // when
        var text = scrape();

        // then
        assertThat(text.value("pg_doorman_pools_omitted")).isEqualTo(3);
        assertThat(text.samples().keySet().stream().filter(series -> series.startsWith("pg_doorman_pools_paused{")))
                .hasSize(1000);
        var others = "{database=\"db\",user=\"(others)\"}";
        assertThat(text.value("pg_doorman_pool_size" + others)).isEqualTo(120);
        assertThat(text.value("pg_doorman_pools_clients{database=\"db\",status=\"waiting\",user=\"(others)\"}"))
                .isEqualTo(39);
        assertThat(text.value("pg_doorman_pools_servers{database=\"db\",status=\"active\",user=\"(others)\"}"))
                .isEqualTo(9);
        assertThat(text.value("pg_doorman_pools_maxwait_microseconds" + others)).isEqualTo(2_500_000);
        assertThat(text.value("pg_doorman_pools_oldest_active_age_ms" + others)).isEqualTo(77);
    }

    @Test
    void tellsLimitsBesideTheirUse() {
        // given
        snapshots.setEverything();

        // when
        var text = scrape();

        // then
        assertThat(text.value("pg_doorman_limit{limit=\"max_connections\"}")).isEqualTo(100);
        assertThat(text.value("pg_doorman_limit_used{limit=\"max_connections\"}"))
                .isEqualTo(7);
        assertThat(text.value("pg_doorman_pools_limit{database=\"db\",limit=\"pool_size\",user=\"alice\"}"))
                .isEqualTo(40);
        assertThat(text.value("pg_doorman_pool_coordinator{database=\"db\",type=\"reserve_in_use\"}"))
                .isEqualTo(2);
        assertThat(text.value("pg_doorman_event_loop_lag_seconds_count{loop=\"0\"}"))
                .isEqualTo(1);
        assertThat(text.value("pg_doorman_event_loop_cpu_seconds_total{loop=\"0\"}"))
                .isEqualTo(1.5);
        assertThat(text.value("pg_doorman_log_level{level=\"info\"}")).isEqualTo(1);
    }

    @Test
    void speaksOpenMetricsWithoutTheNamesThatClash() {
        // given
        snapshots.setEverything();
        snapshots.setPools(FakeSnapshots.pool(stats));

        // when
        var text = scrapeText(MetricsPage.Format.OPEN_METRICS);

        // then
        assertThat(text).endsWith("# EOF\n").doesNotContain("pg_doorman_pools_queries_count");
        var types = text.lines().filter(line -> line.startsWith("# TYPE ")).toList();
        assertThat(types).doesNotHaveDuplicates().contains("# TYPE pg_doorman_pools_queries counter");
    }

    @Test
    void choosesTheFormatThatTheScraperPrefers() {
        var prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                + "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
        assertThat(MetricsPage.Format.of(prometheus)).isEqualTo(MetricsPage.Format.OPEN_METRICS);
        assertThat(MetricsPage.Format.of("text/plain, application/openmetrics-text;q=0.5"))
                .isEqualTo(MetricsPage.Format.TEXT);
        assertThat(MetricsPage.Format.of("*/*")).isEqualTo(MetricsPage.Format.TEXT);
        assertThat(MetricsPage.Format.of("application/openmetrics-text;q=x"))
                .isEqualTo(MetricsPage.Format.OPEN_METRICS);
        assertThat(MetricsPage.Format.of(null)).isEqualTo(MetricsPage.Format.TEXT);
    }

    private PrometheusText scrape() {
        return PrometheusText.parse(scrapeText(MetricsPage.Format.TEXT));
    }

    private String scrapeText(MetricsPage.Format format) {
        var buffer = page.render(format);
        try {
            return buffer.toString(UTF_8);
        } finally {
            buffer.release();
        }
    }
}
