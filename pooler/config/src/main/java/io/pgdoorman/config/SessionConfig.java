package io.pgdoorman.config;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// What PostgreSQL sessions of a pool start with and how they are kept; startup parameters are general and pool merged.
public record SessionConfig(
        PoolMode mode,
        boolean cleanupServers,
        String applicationName,
        Map<String, String> startupParameters,
        PinConfig pin,
        boolean logChanges,
        boolean paused) {

    public SessionConfig {
        startupParameters = Collections.unmodifiableMap(new TreeMap<>(startupParameters));
    }

    SessionConfig withStartupParameters(Map<String, String> others) {
        return new SessionConfig(mode, cleanupServers, applicationName, others, pin, logChanges, paused);
    }
}
