package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.session.ParameterSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What PostgreSQL reports at login for the settings that clients ask for. Any thread: a login on one event loop spares
/// those on all others a server, which they might have to wait for. Changes are rare, so each copies.
final class Greetings {
    /// Distinct sets of settings that are remembered.
    private static final int CAPACITY = 256;

    private volatile Map<ParameterSet, Map<String, String>> known = Map.of();

    @Nullable
    Map<String, String> find(ParameterSet wanted) {
        return known.get(wanted);
    }

    synchronized void remember(ParameterSet wanted, Map<String, String> reported) {
        var more = new LinkedHashMap<>(known);
        if (more.size() >= CAPACITY) {
            more.remove(more.keySet().iterator().next());
        }
        more.put(wanted, Map.copyOf(reported));
        known = more;
    }

    /// The next login asks PostgreSQL anew.
    synchronized void forget() {
        known = Map.of();
    }
}
