package io.pgdoorman.operator.local;

import java.util.SortedMap;
import java.util.function.Function;

/// What one DoormanPool asks for, with its references resolved and found valid.
///
/// @param generation grows with each change, as `metadata.generation` does in a cluster
/// @param files what a process at a place should run; differs per place by listen address and file paths
record Desired(
        String pool,
        long generation,
        FleetPlan.Goal goal,
        boolean canary,
        Ports ports,
        Function<Pod.Place, Files> files) {

    /// Port for clients and port of the control endpoint.
    record Ports(int client, int control) {}

    /// Files of one process.
    ///
    /// @param secrets file name to content
    /// @param hash changes with a secret too: the configuration names the secret's version
    record Files(String config, String hash, SortedMap<String, String> secrets) {

        @Override
        public String toString() {
            return "Files[hash=" + hash + "]";
        }
    }
}
