package io.pgdoorman.pooler.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.stats.FakeSnapshots;
import io.pgdoorman.pooler.stats.ProcessStats;
import io.pgdoorman.pooler.stats.WebStats;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// METRICS.md names every metric that there is, and of PgDoorman's each that there is not. Written anew with
/// `-Dmetrics.write=true`.
class MetricsDocumentTest {

    private static final Path DOCUMENT = Path.of("METRICS.md");

    /// PgDoorman 3.10.7, without `pg_doorman_`.
    private static final String PGDOORMANS = """
        build_info users_configured log_level total_memory connection_count connections_total sockets
        listener_rejections_total pool_size pools_clients pools_servers pools_oldest_active_age_ms pools_paused
        pools_maxwait_microseconds pools_avg_wait_time pools_errors_total pools_bytes pools_bytes_total
        pools_queries_percentile pools_transactions_percentile pools_queries_count pools_queries_total
        pools_transactions_count pools_transactions_total pools_queries_total_time pools_transactions_total_time
        pools_query_duration_seconds pools_transaction_duration_seconds pools_wait_duration_seconds
        backend_create_duration_seconds servers_prepared_hits servers_prepared_hits_total servers_prepared_misses
        servers_prepared_misses_total pool_prepared_cache_entries pool_prepared_cache_bytes
        clients_prepared_cache_entries clients_prepared_cache_bytes clients_prepared_named_entries
        clients_prepared_anonymous_entries clients_prepared_anonymous_evictions_total async_clients_count
        query_interner_entries query_interner_bytes query_interner_evictions_total
        query_interner_synthetic_misses_total query_interner_gc_duration_seconds pooler_check_query_backend_total
        pooler_check_query_cache_total startup_parameters_dropped_total backend_startup_parameter_errors_total
        streaming_events_total streaming_bytes_total auth_query_cache auth_query_cache_total auth_query_auth
        auth_query_auth_total auth_query_executor auth_query_executor_total auth_query_dynamic_pools
        auth_query_dynamic_pools_total pool_coordinator pool_coordinator_total pool_scaling pool_scaling_total
        server_tls_connections server_tls_handshake_duration_seconds server_tls_handshake_errors_total
        patroni_api_requests_total patroni_api_errors_total patroni_api_duration_seconds fallback_active
        fallback_host fallback_connections_total fallback_cache_hits_total fallback_candidate_failures_total
        web_sso_enabled web_sso_config_error web_auth_attempts_total web_requests_total
        web_sso_validation_errors_total
        """;

    private static final Pattern MISSING_ROW = Pattern.compile("(?m)^\\| ((?:`[a-z_]+`(?:, )?)+) \\| [^|]{10,} \\|$");

    @Test
    void namesEveryMetricWithTypeLabelsAndMeaning() throws IOException {
        // given
        var theirs = new TreeMap<String, MetricTable.Row>();
        var ours = new TreeMap<String, MetricTable.Row>();
        everything().forEach((name, row) -> (pgDoormans().contains(name) ? theirs : ours).put(name, row));

        // when
        var document = Files.readString(DOCUMENT);
        var expected = replaced(replaced(document, "theirs", theirs), "ours", ours);
        if (Boolean.getBoolean("metrics.write")) {
            Files.writeString(DOCUMENT, expected);
            document = expected;
        }

        // then
        assertThat(document).isEqualTo(expected);
        assertThat(theirs.size() + ours.size()).isGreaterThan(60);
    }

    @Test
    void tellsOfEachOfPgDoormansThatIsMissingWhy() throws IOException {
        // given
        var missing = new TreeSet<>(pgDoormans());
        missing.removeAll(everything().keySet());

        // when
        var explained = new TreeSet<String>();
        MISSING_ROW.matcher(Files.readString(DOCUMENT)).results().forEach(row -> {
            for (var name : row.group(1).split(", ")) {
                explained.add("pg_doorman_" + name.replace("`", ""));
            }
        });

        // then
        assertThat(explained).isEqualTo(missing);
    }

    @Test
    void aScrapeOfARunningPoolerHoldsNothingElse() throws Exception {
        // given
        try (var pooler = PoolerFixture.wish().serverPasswords().start();
                var client = HttpClient.newHttpClient()) {
            assertThat(pooler.logsIn("app", "app-secret")).isNotEmpty();

            // when
            var uri = URI.create("http://127.0.0.1:" + pooler.webPort() + "/metrics");
            var page = client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();

            // then
            var _ = PrometheusText.parse(page);
            var documented = everything();
            assertThat(documented).containsAllEntriesOf(MetricTable.of(page));
            assertThat(MetricTable.of(page)).hasSizeGreaterThan(50);
        }
    }

    private static List<String> pgDoormans() {
        return Arrays.stream(PGDOORMANS.trim().split("\\s+"))
                .map(name -> "pg_doorman_" + name)
                .toList();
    }

    static Map<String, MetricTable.Row> everything() {
        var snapshots = new FakeSnapshots();
        snapshots.setEverything();
        var metrics = new PoolerMetrics(snapshots, new ProcessStats(), new FakeActions(), new WebStats());
        var buffer = new MetricsPage(metrics).render(MetricsPage.Format.TEXT);
        try {
            return MetricTable.of(buffer.toString(UTF_8));
        } finally {
            buffer.release();
        }
    }

    private static String replaced(String document, String mark, Map<String, MetricTable.Row> rows) {
        var begin = "<!-- " + mark + " -->\n";
        var end = "<!-- end of " + mark + " -->";
        var from = document.indexOf(begin) + begin.length();
        return document.substring(0, from) + "\n" + MetricTable.text(rows) + "\n"
                + document.substring(document.indexOf(end, from));
    }
}
