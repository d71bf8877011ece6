package io.pgdoorman.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A whole configuration, valid, with defaults filled in; pools by the name that clients use as database.
public record PoolerConfig(GeneralConfig general, WebConfig web, Map<String, PoolConfig> pools) {

    public PoolerConfig {
        pools = Collections.unmodifiableMap(new LinkedHashMap<>(pools));
    }

    /// The pool of that name.
    public Optional<PoolConfig> pool(String name) {
        return Optional.ofNullable(pools.get(name));
    }
}
