package io.pgdoorman.pooler.http;

import io.pgdoorman.pooler.stats.CapSnapshot;
import io.pgdoorman.pooler.stats.LimitSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;

/// Every limit beside its use, so that one rule can warn of all of them: of the process, of databases, of pools.
final class LimitMetrics {

    private LimitMetrics() {}

    static void collect(MetricFamilies families, List<LimitSnapshot> limits) {
        for (var one : limits) {
            var labels = Labels.of("limit", one.name());
            var prefix = "";
            var of = "the process";
            if (one.database() != null) {
                labels = labels.add("database", one.database());
                prefix = "databases_";
                of = "a database, over all its users";
            }
            if (one.user() != null) {
                labels = labels.add("user", one.user());
                prefix = "pools_";
                of = "a pool";
            }
            families.gauge(prefix + "limit", "Limits of " + of + "; 0 = none", labels, one.limit());
            families.gauge(prefix + "limit_used", "What is used of the limits of " + of, labels, one.used());
        }
    }

    static void collectCaps(MetricFamilies families, List<CapSnapshot> caps) {
        var help = "The cap on the servers of a database (max_db_connections) and its use";
        for (var cap : caps) {
            var labels = Labels.of("database", cap.database());
            families.gauge("pool_coordinator", help, labels.add("type", "connections"), cap.servers());
            families.gauge("pool_coordinator", help, labels.add("type", "reserve_in_use"), cap.reserveUsed());
            families.gauge("pool_coordinator", help, labels.add("type", "max_connections"), cap.max());
            families.gauge("pool_coordinator", help, labels.add("type", "reserve_pool_size"), cap.reserve());
        }
        collectEvents(families, "databases_cap_events", "What came of the cap on the servers of a database", caps);
    }

    /// Under PgDoorman's name, which is that of a gauge too.
    static void collectCapEvents(MetricFamilies families, List<CapSnapshot> caps) {
        collectEvents(families, "pool_coordinator", "As databases_cap_events_total", caps);
    }

    private static void collectEvents(MetricFamilies families, String name, String help, List<CapSnapshot> caps) {
        for (var cap : caps) {
            var labels = Labels.of("database", cap.database());
            families.counter(name, help, labels.add("type", "evictions"), cap.evictions());
            families.counter(name, help, labels.add("type", "reserve_acquisitions"), cap.reserveGrants());
            families.counter(name, help, labels.add("type", "exhaustions"), cap.denials());
        }
    }
}
