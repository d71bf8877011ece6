package io.pgdoorman.pooler.http;

import io.pgdoorman.pooler.stats.ErrorClass;
import io.pgdoorman.pooler.stats.Latencies;
import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Map;

/// The metrics of one pool.
final class PoolMetrics {

    private static final double NANOS_PER_MILLI = 1e6;

    private PoolMetrics() {}

    static void collect(MetricFamilies families, PoolSnapshot pool) {
        var labels = labelsOf(pool);
        families.gauge("users_configured", "Configured users, constant 1", labels.add("pool_mode", pool.poolMode()), 1);
        collectSize(families, labels, pool.poolSize());
        collectClients(families, labels, pool.clActive(), pool.clIdle(), pool.clWaiting());
        collectServers(families, labels, pool.svActive(), pool.svIdle());
        collectAges(families, labels, pool.oldestActiveMillis(), pool.maxWaitMicros());
        families.gauge("pools_paused", "Whether the pool is paused", labels, pool.paused() ? 1 : 0);
        collectPrepared(families, pool, labels);
        collectGrowth(families, pool, labels);
        collectTotals(families, pool, labels);
        collectPercentiles(families, pool, labels);
    }

    static void collectSize(MetricFamilies families, Labels labels, int servers) {
        families.gauge("pool_size", "Most servers of the pool", labels, servers);
    }

    static void collectClients(MetricFamilies families, Labels labels, int active, int idle, int waiting) {
        var help = "Clients of the pool by status";
        families.gauge("pools_clients", help, labels.add("status", "active"), active);
        families.gauge("pools_clients", help, labels.add("status", "idle"), idle);
        families.gauge("pools_clients", help, labels.add("status", "waiting"), waiting);
    }

    static void collectServers(MetricFamilies families, Labels labels, int active, int idle) {
        var help = "Servers of the pool by status";
        families.gauge("pools_servers", help, labels.add("status", "active"), active);
        families.gauge("pools_servers", help, labels.add("status", "idle"), idle);
    }

    static void collectAges(MetricFamilies families, Labels labels, long oldestActiveMillis, long maxWaitMicros) {
        families.gauge("pools_oldest_active_age_ms", "Age of the oldest lease", labels, oldestActiveMillis);
        families.gauge("pools_maxwait_microseconds", "Age of the oldest client that waits now", labels, maxWaitMicros);
    }

    private static void collectPrepared(MetricFamilies families, PoolSnapshot pool, Labels labels) {
        var prepared = pool.prepared();
        families.gauge(
                "pool_prepared_cache_entries",
                "Statements that the pool remembers, each once per event loop",
                labels,
                prepared.kept().count());
        families.gauge(
                "pool_prepared_cache_bytes",
                "Bytes of their texts",
                labels,
                prepared.kept().bytes());
        families.gauge(
                "clients_prepared_cache_entries",
                "Names that clients have for statements",
                labels,
                prepared.known().count());
        families.gauge(
                "clients_prepared_cache_bytes",
                "Bytes of the texts that they name, each as often as it is named",
                labels,
                prepared.known().bytes());
        families.gauge(
                "clients_prepared_named_entries",
                "Those of the names that are not the unnamed statement",
                labels,
                prepared.named());
        families.gauge(
                "clients_prepared_anonymous_entries",
                "Clients that have an unnamed statement",
                labels,
                prepared.unnamed());
    }

    private static void collectGrowth(MetricFamilies families, PoolSnapshot pool, Labels labels) {
        var growth = pool.growth();
        Map.of(
                        "creates_started", growth.connects(),
                        "burst_gate_waits", growth.gateWaits(),
                        "burst_gate_budget_exhausted", growth.outwaitedAtGate(),
                        "anticipation_wakes_notify", growth.handovers(),
                        "anticipation_wakes_timeout", growth.outwaited(),
                        "create_fallback", growth.impatient(),
                        "replenish_deferred", growth.deferred())
                .forEach((type, count) -> families.counter(
                        "pool_scaling",
                        "How servers came to be, as SHOW POOL_SCALING tells it",
                        labels.add("type", type),
                        count));
        growth.waits()
                .forEach((reason, count) -> families.counter(
                        "pools_waits",
                        "Clients that found no server at once, by what they began to wait for",
                        labels.add("reason", reason.label()),
                        count));
    }

    private static void collectTotals(MetricFamilies families, PoolSnapshot pool, Labels labels) {
        var totals = pool.stats().totals();
        for (var kind : ErrorClass.values()) {
            families.counter(
                    "pools_errors",
                    "Errors by class of SQLSTATE",
                    labels.add("sqlstate", kind.label()),
                    totals.errors().of(kind));
        }
        var bytes = "Bytes received from clients and sent to them";
        var traffic = totals.traffic();
        families.counter("pools_bytes", bytes, labels.add("direction", "received"), traffic.received());
        families.counter("pools_bytes", bytes, labels.add("direction", "sent"), traffic.sent());
        families.counter("pools_queries", "Queries", labels, totals.queries());
        families.counter("pools_transactions", "Transactions", labels, totals.transactions());
        var prepares = totals.prepares();
        families.counter("servers_prepared_hits", "Parse messages answered by the pooler", labels, prepares.hits());
        families.counter("servers_prepared_misses", "Parse messages sent to PostgreSQL", labels, prepares.misses());
        families.counter(
                "pools_server_login_failures",
                "Server connections that did not get ready",
                labels,
                totals.serverLoginFailures());
        var stats = pool.stats();
        families.counter(
                "pools_server_resets", "Servers whose session was cleaned for the next client", labels, stats.resets());
        families.counter(
                "pools_servers_given_up",
                "Servers no longer counted though PostgreSQL may still work for a client that is gone",
                labels,
                stats.serversGivenUp());
        families.counter(
                "pools_former_password_logins",
                "Servers that came in by the password before, as PostgreSQL refused the present one",
                labels,
                stats.formerLogins());
        var pins = stats.pins();
        families.gauge("pools_servers_pinned", "Servers that stay with their client (pin_on)", labels, pins.now());
        families.counter("pools_pins_refused", "Servers that could not stay with their client", labels, pins.refused());
        families.gauge("async_clients_count", "Clients that have ever sent a Flush", labels, pool.clAsync());
        families.gauge("pools_cancels", "Cancel requests on their way to PostgreSQL", labels, stats.cancels());
        families.gauge("server_tls_connections", "Servers with TLS", labels, stats.encryptedServers());
        families.counter(
                "pooler_check_query_backend",
                "Check queries that went to PostgreSQL, whose answer is kept",
                labels,
                stats.checksForwarded());
        families.counter(
                "pooler_check_query_cache", "Check queries that the pooler answered", labels, stats.checksAnswered());
        var durations = totals.durations();
        families.histogram("pools_query_duration_seconds", "Time of queries", labels, durations.queries());
        families.histogram(
                "pools_transaction_duration_seconds", "Time of transactions", labels, durations.transactions());
        families.histogram(
                "pools_wait_duration_seconds", "Time that clients waited for a server", labels, durations.waits());
        var time = "Sum of times in milliseconds";
        families.gauge("pools_queries_total_time", time, labels, sumMillis(durations.queries()));
        families.gauge("pools_transactions_total_time", time, labels, sumMillis(durations.transactions()));
    }

    private static void collectPercentiles(MetricFamilies families, PoolSnapshot pool, Labels labels) {
        var recent = pool.stats().recent().totals().durations();
        for (var percent : new int[] {50, 90, 95, 99}) {
            var of = labels.add("percentile", Integer.toString(percent));
            families.gauge(
                    "pools_queries_percentile",
                    "Percentiles of query times of the last 15 s, in milliseconds",
                    of,
                    recent.queries().percentileNanos(percent / 100.0) / NANOS_PER_MILLI);
            families.gauge(
                    "pools_transactions_percentile",
                    "Percentiles of transaction times of the last 15 s, in milliseconds",
                    of,
                    recent.transactions().percentileNanos(percent / 100.0) / NANOS_PER_MILLI);
        }
    }

    static void collectDeprecated(MetricFamilies families, PoolSnapshot pool) {
        var labels = labelsOf(pool);
        families.gauge(
                "pool_scaling",
                "Connects to PostgreSQL that are under way",
                labels.add("type", "inflight_creates"),
                pool.svLogin());
        var totals = pool.stats().totals();
        var bytes = "Deprecated, use pools_bytes_total";
        families.gauge(
                "pools_bytes",
                bytes,
                labels.add("direction", "received"),
                totals.traffic().received());
        families.gauge(
                "pools_bytes",
                bytes,
                labels.add("direction", "sent"),
                totals.traffic().sent());
        families.gauge("pools_queries_count", "Deprecated, use pools_queries_total", labels, totals.queries());
        families.gauge(
                "pools_transactions_count", "Deprecated, use pools_transactions_total", labels, totals.transactions());
        families.gauge(
                "servers_prepared_hits",
                "Deprecated, use servers_prepared_hits_total",
                labels,
                totals.prepares().hits());
        families.gauge(
                "servers_prepared_misses",
                "Deprecated, use servers_prepared_misses_total",
                labels,
                totals.prepares().misses());
        families.gauge(
                "pools_avg_wait_time",
                "Mean wait of the last 15 s in milliseconds; deprecated, use pools_wait_duration_seconds",
                labels,
                pool.stats().recent().totals().durations().waits().meanMicros() / 1e3);
    }

    private static Labels labelsOf(PoolSnapshot pool) {
        return Labels.of("user", pool.user(), "database", pool.database());
    }

    private static double sumMillis(Latencies latencies) {
        return latencies.sumNanos() / NANOS_PER_MILLI;
    }
}
