package io.pgdoorman.operator.reconcile;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// What is told once, however often it is found. Thread-safe; what was told long ago may be told again.
final class Once {

    private static final int MOST = 1_000;

    private final Set<String> told = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST;
        }
    }));

    boolean isNews(String what) {
        return told.add(what);
    }
}
