package io.pgdoorman.pooler.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How many servers each database may have.
///
/// @param hash of the configuration that has to be live
/// @param databases null for what the configuration says
public record AllowRequest(String hash, @Nullable Map<String, Integer> databases) {
    public AllowRequest {
        databases = databases == null ? null : Map.copyOf(databases);
    }
}
