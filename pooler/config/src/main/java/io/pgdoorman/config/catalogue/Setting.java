package io.pgdoorman.config.catalogue;

import io.pgdoorman.config.ChangeClass;
import java.util.List;

/// One key of a section: everything that is known about it.
///
/// @param <R> the record that carries it
/// @param <T> its type in Java
/// @param isUnsaid whether the canonical form leaves it out while it is as if it were absent
public record Setting<R, T>(
        String name,
        List<String> oldNames,
        ValueType<T> type,
        Presence<T> presence,
        boolean isUnsaid,
        ChangeClass changeClass,
        Support<R, T> support,
        String sentence) {

    public Setting {
        oldNames = List.copyOf(oldNames);
    }

    /// Settings are single objects of the catalogue.
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public String toString() {
        return name;
    }
}
