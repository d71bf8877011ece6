package io.pgdoorman.pooler.http;

import io.pgdoorman.pooler.stats.LookupSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;

/// The metrics of looking users of one database up.
final class LookupMetrics {
    private static final String CACHE = "Users that were looked up (auth_query): what the memory holds and did";
    private static final String LOGINS = "Logins of users that were looked up";
    private static final String QUESTIONS = "Queries that look users up";
    private static final String POOLS = "Pools of users that were looked up";

    private LookupMetrics() {}

    /// Where a value goes: a counter, or the gauge of the same name that PgDoorman has too.
    private interface Sink {
        void put(String name, String help, Labels labels, long value);
    }

    static void collect(MetricFamilies families, LookupSnapshot lookup) {
        counts(families::counter, lookup);
    }

    static void collectGauges(MetricFamilies families, LookupSnapshot lookup) {
        counts(families::gauge, lookup);
        families.gauge(
                "auth_query_cache", CACHE, of(lookup, "entries"), lookup.cache().entries());
        families.gauge(
                "auth_query_dynamic_pools",
                POOLS,
                of(lookup, "current"),
                lookup.pools().now());
    }

    private static void counts(Sink sink, LookupSnapshot lookup) {
        var cache = lookup.cache();
        sink.put("auth_query_cache", CACHE, of(lookup, "hits"), cache.hits());
        sink.put("auth_query_cache", CACHE, of(lookup, "misses"), cache.misses());
        sink.put("auth_query_cache", CACHE, of(lookup, "refetches"), cache.refetches());
        sink.put("auth_query_cache", CACHE, of(lookup, "rate_limited"), cache.rateLimited());
        sink.put(
                "auth_query_auth",
                LOGINS,
                of(lookup, "success"),
                lookup.logins().succeeded());
        sink.put(
                "auth_query_auth",
                LOGINS,
                of(lookup, "failure"),
                lookup.logins().failed());
        sink.put(
                "auth_query_executor",
                QUESTIONS,
                of(lookup, "queries"),
                lookup.questions().asked());
        sink.put(
                "auth_query_executor",
                QUESTIONS,
                of(lookup, "errors"),
                lookup.questions().failed());
        sink.put(
                "auth_query_dynamic_pools",
                POOLS,
                of(lookup, "created"),
                lookup.pools().made());
        sink.put(
                "auth_query_dynamic_pools",
                POOLS,
                of(lookup, "destroyed"),
                lookup.pools().ended());
    }

    private static Labels of(LookupSnapshot lookup, String type) {
        return Labels.of("type", type, "database", lookup.database());
    }
}
