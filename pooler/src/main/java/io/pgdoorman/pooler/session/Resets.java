package io.pgdoorman.pooler.session;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/// The parameters that a text brings back to what the session began with: RESET, DISCARD ALL, SET … TO DEFAULT.
///
/// @param all RESET ALL or DISCARD ALL
/// @param names the others; their case does not matter
public record Resets(boolean all, Set<String> names) {
    public static final Resets ALL = new Resets(true, Set.of());

    public Resets {
        var sorted = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        sorted.addAll(names);
        names = Collections.unmodifiableSet(sorted);
    }

    public boolean covers(String name) {
        return all || names.contains(name);
    }
}
