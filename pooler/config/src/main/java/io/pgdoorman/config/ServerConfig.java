package io.pgdoorman.config;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// What holds for servers of all pools; [#timeouts()], [#startupParameters()] and [#patroni()] are what pools
/// inherit, and a [PoolConfig] already carries the outcome.
public record ServerConfig(
        ServerTimeouts timeouts,
        Retain retain,
        ParallelCreates creates,
        ScalingConfig scaling,
        boolean roundRobin,
        boolean syncParameters,
        Map<String, String> startupParameters,
        ServerTls tls,
        PatroniConfig patroni) {

    public ServerConfig {
        startupParameters = Collections.unmodifiableMap(new TreeMap<>(startupParameters));
    }

    /// The janitor's period and how many expired idle servers it closes per cycle (0 = no limit).
    public record Retain(Duration period, int max) {}

    /// The two limits on parallel connects of one pool; both hold.
    public record ParallelCreates(int maxConcurrentCreates, int maxParallelCreates) {
        /// The smaller limit.
        public int limit() {
            return Math.min(maxConcurrentCreates, maxParallelCreates);
        }
    }
}
