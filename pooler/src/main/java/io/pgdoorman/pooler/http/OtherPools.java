package io.pgdoorman.pooler.http;

import io.pgdoorman.pooler.stats.PoolSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Collection;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/// The pools that have no metrics of their own, together for each database: sums over all users stay right, and whoever
/// waits is seen. Only gauges, as a sum of counters would fall when one of the pools goes.
final class OtherPools {
    /// In place of a user; none of PostgreSQL's is likely to be called so.
    static final String USER = "(others)";

    private OtherPools() {}

    static void collect(MetricFamilies families, Collection<PoolSnapshot> pools) {
        pools.stream()
                .collect(Collectors.groupingBy(PoolSnapshot::database))
                .forEach((database, its) -> ofDatabase(families, Labels.of("user", USER, "database", database), its));
    }

    private static void ofDatabase(MetricFamilies families, Labels labels, List<PoolSnapshot> pools) {
        PoolMetrics.collectSize(families, labels, sum(pools, PoolSnapshot::poolSize));
        PoolMetrics.collectClients(
                families,
                labels,
                sum(pools, PoolSnapshot::clActive),
                sum(pools, PoolSnapshot::clIdle),
                sum(pools, PoolSnapshot::clWaiting));
        PoolMetrics.collectServers(
                families, labels, sum(pools, PoolSnapshot::svActive), sum(pools, PoolSnapshot::svIdle));
        PoolMetrics.collectAges(
                families,
                labels,
                pools.stream().mapToLong(PoolSnapshot::oldestActiveMillis).max().orElse(0),
                pools.stream().mapToLong(PoolSnapshot::maxWaitMicros).max().orElse(0));
    }

    private static int sum(List<PoolSnapshot> pools, ToIntFunction<PoolSnapshot> count) {
        return pools.stream().mapToInt(count).sum();
    }
}
