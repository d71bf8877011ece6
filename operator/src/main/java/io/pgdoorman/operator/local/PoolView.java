package io.pgdoorman.operator.local;

import java.util.List;

/// One DoormanPool as it is now.
///
/// @param generation of the newest valid manifest
/// @param databases as clients name them
/// @param isReady whether the wanted processes run the newest valid manifest and accept clients
/// @param endpoints `host:port` of processes that accept clients
/// @param problems why the newest manifest is not what runs
public record PoolView(
        String name,
        long generation,
        String mode,
        List<String> databases,
        Count count,
        boolean isReady,
        List<String> endpoints,
        List<String> problems) {

    public PoolView {
        databases = List.copyOf(databases);
        endpoints = List.copyOf(endpoints);
        problems = List.copyOf(problems);
    }

    /// How many processes.
    ///
    /// @param ready accept clients
    /// @param acked said that they run the newest configuration
    /// @param serving should run it
    /// @param wanted replicas of the manifest
    /// @param processes exist, also those that drain
    public record Count(int ready, int acked, int serving, int wanted, int processes) {}

    /// True when nothing old is left either.
    public boolean isSettled() {
        return isReady && count.processes() == count.wanted() && count.acked() == count.wanted();
    }
}
