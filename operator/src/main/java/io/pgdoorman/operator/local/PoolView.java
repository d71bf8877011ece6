package io.pgdoorman.operator.local;

import java.util.List;

/// One DoormanPool as it is now.
///
/// @param databases as clients name them
/// @param generation of the newest valid manifest
/// @param acked processes that said they run it
/// @param wanted processes that should run
/// @param endpoints `host:port` of processes that accept clients
/// @param problems why the newest manifest is not what runs
public record PoolView(
        String name,
        long generation,
        String mode,
        List<String> databases,
        int ready,
        int acked,
        int wanted,
        int processes,
        List<String> endpoints,
        List<String> problems) {

    public PoolView {
        databases = List.copyOf(databases);
        endpoints = List.copyOf(endpoints);
        problems = List.copyOf(problems);
    }

    /// True when exactly the wanted processes run the newest manifest and accept clients.
    public boolean isReady() {
        return problems.isEmpty() && ready == wanted && acked == wanted && processes == wanted;
    }
}
