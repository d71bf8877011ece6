package io.pgdoorman.operator.render;

import io.pgdoorman.operator.api.v1alpha1.BudgetSpec;
import io.pgdoorman.operator.api.v1alpha1.DatabaseSpec;
import java.time.Duration;
import java.util.SortedMap;
import java.util.TreeMap;

/// What PostgreSQL is asked for when a server is connected.
///
/// It counts the connections of a pod that is gone without a word until its own keepalive misses the pod, after two
/// hours as systems are set up. A budget would not hold so long. `tcp_user_timeout` would end those as well whose
/// answer was on its way, but it ends those too whose client reads slowly: Linux lets no window stay closed for
/// longer then.
final class StartupParameters {

    private static final String IDLE = "tcp_keepalives_idle";
    private static final int PROBES = 4;

    private StartupParameters() {}

    static SortedMap<String, String> of(DatabaseSpec database, BudgetSpec budget) {
        var parameters = new TreeMap<String, String>();
        if (database.startupParameters() != null) {
            parameters.putAll(database.startupParameters());
        }
        var missed = budget.untilMissed();
        if (!missed.isZero() && !parameters.containsKey(IDLE)) {
            keepalive(parameters, missed);
        }
        return parameters;
    }

    /// Two thirds of the time are for probes, and none of them decides alone.
    private static void keepalive(SortedMap<String, String> parameters, Duration missed) {
        var interval = missed.toSeconds() / (PROBES + PROBES / 2);
        parameters.put(IDLE, String.valueOf(missed.toSeconds() - PROBES * interval));
        parameters.put("tcp_keepalives_interval", String.valueOf(interval));
        parameters.put("tcp_keepalives_count", String.valueOf(PROBES));
    }
}
