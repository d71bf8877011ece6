package io.pgdoorman.operator.reconcile;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// What is remembered for a while.
final class Lately {

    private static final int MOST = 1_000;

    private Lately() {}

    /// A set that forgets what has been in it longest, once there is too much. Not thread-safe.
    static Set<String> names() {
        return Collections.newSetFromMap(new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                return size() > MOST;
            }
        });
    }
}
