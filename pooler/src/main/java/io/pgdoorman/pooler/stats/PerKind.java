package io.pgdoorman.pooler.stats;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// One counter for each constant of an enum; the set never changes, so that all threads may look one up.
final class PerKind<E extends Enum<E>, C> {

    private final Map<E, C> counters;

    PerKind(Class<E> kinds, Supplier<C> fresh) {
        counters = new EnumMap<>(kinds);
        for (var kind : Objects.requireNonNull(kinds.getEnumConstants())) {
            counters.put(kind, fresh.get());
        }
    }

    C of(E kind) {
        return Objects.requireNonNull(counters.get(kind));
    }

    Stream<C> all() {
        return counters.values().stream();
    }
}
