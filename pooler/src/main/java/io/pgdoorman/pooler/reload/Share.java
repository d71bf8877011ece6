package io.pgdoorman.pooler.reload;

import io.pgdoorman.config.PoolConfig;
import io.pgdoorman.config.PoolerConfig;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// What a configuration lets the process have of servers.
///
/// @param caps of each database, 0 = none
/// @param lookups connections by which users are looked up, which are below no cap
record Share(Map<String, Integer> caps, int lookups) {
    static final Share NONE = new Share(Map.of(), 0);

    Share {
        caps = Collections.unmodifiableMap(new LinkedHashMap<>(caps));
    }

    static Share of(PoolerConfig config) {
        var caps = new LinkedHashMap<String, Integer>();
        int lookups = 0;
        for (PoolConfig pool : config.pools().values()) {
            caps.put(pool.name(), pool.cap().max());
            lookups += pool.authQuery().map(query -> query.asker().workers()).orElse(0);
        }
        return new Share(caps, lookups);
    }

    /// Whether there is a most at all.
    boolean isBounded() {
        return !caps.isEmpty() && !caps.containsValue(0);
    }

    /// Most connections to servers.
    int connections() {
        return sum(caps) + lookups;
    }

    static int sum(Map<String, Integer> caps) {
        return Math.toIntExact(Math.min(
                Integer.MAX_VALUE / 2,
                caps.values().stream().mapToLong(Integer::intValue).sum()));
    }

    /// The caps of a process that may have fewer connections: one for each database, the rest in proportion.
    Map<String, Integer> scaled(int connections) {
        long spare = Math.max(0, (long) connections - lookups - caps.size());
        long all = Math.max(1, sum(caps) - caps.size());
        var scaled = new LinkedHashMap<String, Integer>();
        caps.forEach((database, cap) -> scaled.put(database, Math.toIntExact(1 + spare * (cap - 1) / all)));
        return scaled;
    }
}
