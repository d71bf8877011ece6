package io.pgdoorman.config;

import java.util.List;

/// What holds for logins before anybody has proven who it is.
///
/// @param scramIterations of verifiers that are made from passwords in clear, and of those that nobody has
/// @param mostUnauthenticated connections that have not logged in, at once; 0 = no limit of their own
/// @param auditsSuccesses whether logins that succeed are audited as well as those that fail
public record LoginConfig(int scramIterations, int mostUnauthenticated, Failures failures, boolean auditsSuccesses) {

    /// @param perMinute failed logins that an address may have; 0 = no limit
    /// @param exempt networks without that limit
    public record Failures(int perMinute, List<Cidr> exempt) {
        public Failures {
            exempt = List.copyOf(exempt);
        }
    }
}
