package io.pgdoorman.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A whole configuration, valid, with defaults filled in; pools by the name that clients use as database.
///
/// @param tokens issuers by the name that pg_hba uses
public record PoolerConfig(
        GeneralConfig general,
        WebConfig web,
        TalosConfig talos,
        Map<String, TokenIssuerConfig> tokens,
        Map<String, PoolConfig> pools) {

    public PoolerConfig {
        tokens = Collections.unmodifiableMap(new LinkedHashMap<>(tokens));
        pools = Collections.unmodifiableMap(new LinkedHashMap<>(pools));
    }

    /// The same configuration with other pools.
    public PoolerConfig withPools(Map<String, PoolConfig> others) {
        return new PoolerConfig(general, web, talos, tokens, others);
    }

    /// The pool of that name.
    public Optional<PoolConfig> pool(String name) {
        return Optional.ofNullable(pools.get(name));
    }
}
