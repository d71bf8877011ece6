package io.pgdoorman.pooler.reload;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How many servers the process may have by order of somebody who sees the whole fleet, instead of its [Share].
///
/// Others count on it, so no reload makes it more: with another share it is that one at most. The sum over a fleet is
/// the business of whoever orders.
///
/// @param connections to servers, those that look users up among them
/// @param caps of each database
record Allowance(int connections, Map<String, Integer> caps) {
    Allowance {
        caps = Collections.unmodifiableMap(new LinkedHashMap<>(caps));
    }

    /// What is left of it with another share; null when that is no less.
    static @Nullable Allowance under(Share share, @Nullable Integer connections) {
        return connections == null || !share.isBounded() || connections >= share.connections()
                ? null
                : new Allowance(connections, share.scaled(connections));
    }

    /// As ordered; null when it is the share.
    ///
    /// @param caps of all databases
    static @Nullable Allowance ordered(Share share, Map<String, Integer> caps) {
        return caps.equals(share.caps()) ? null : new Allowance(Share.sum(caps) + share.lookups(), caps);
    }
}
