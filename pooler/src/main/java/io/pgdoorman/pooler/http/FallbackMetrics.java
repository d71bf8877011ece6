package io.pgdoorman.pooler.http;

import io.pgdoorman.pooler.stats.FallbackSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;

/// The metrics of one database's fallback to other members of its Patroni cluster.
final class FallbackMetrics {
    private FallbackMetrics() {}

    static void collect(MetricFamilies families, FallbackSnapshot fallback) {
        var labels = Labels.of("pool", fallback.database());
        var requests = fallback.requests();
        families.counter("patroni_api_requests", "Requests to Patroni, one for each URL", labels, requests.made());
        families.counter("patroni_api_errors", "Those that ended without a usable answer", labels, requests.failed());
        families.histogram(
                "patroni_api_duration_seconds",
                "Time of requests to Patroni, up to the first good answer of all URLs",
                labels,
                requests.durations());
        families.gauge(
                "fallback_active",
                "Whether nobody is at server_host, so that servers come from another member",
                labels,
                fallback.active() ? 1 : 0);
        var place = fallback.place();
        if (place != null) {
            families.gauge(
                    "fallback_host",
                    "The member that servers come from, constant 1",
                    labels.add("host", place.host()).add("port", Integer.toString(place.port())),
                    1);
        }
        families.counter("fallback_connections", "Servers of other members", labels, fallback.connections());
        families.counter(
                "fallback_cache_hits",
                "Connects to the member of before, without asking Patroni",
                labels,
                fallback.hits());
        fallback.failures()
                .forEach((reason, count) -> families.counter(
                        "fallback_candidate_failures",
                        "Members that gave no server, by reason; other is a member that is not what is wanted",
                        labels.add("reason", reason.label()),
                        count));
    }
}
