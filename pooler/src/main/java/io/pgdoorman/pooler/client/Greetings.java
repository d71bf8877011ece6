package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.session.ParameterSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What PostgreSQL reports at login for the settings that clients ask for. Belongs to one event loop, but for
/// [#forget].
final class Greetings {
    /// Distinct sets of settings that are remembered.
    private static final int CAPACITY = 256;

    private final Map<ParameterSet, Map<String, String>> known = new LinkedHashMap<>();
    private volatile boolean stale;

    @Nullable
    Map<String, String> find(ParameterSet wanted) {
        if (stale) {
            stale = false;
            known.clear();
        }
        return known.get(wanted);
    }

    void remember(ParameterSet wanted, Map<String, String> reported) {
        if (known.size() >= CAPACITY) {
            var eldest = known.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
        known.put(wanted, Map.copyOf(reported));
    }

    /// The next login asks PostgreSQL anew; any thread.
    void forget() {
        stale = true;
    }
}
