package io.pgdoorman.config.catalogue;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// From whom a section inherits those settings that stand at several levels.
enum Heir {
    /// `general`, which has the defaults.
    NOBODYS("", ""),
    POOL("general.", "As in general, for this pool."),
    USER("the pool's ", "As in the pool, for this user.");

    private final String from;
    private final String sentence;

    Heir(String from, String sentence) {
        this.from = from;
        this.sentence = sentence;
    }

    /// Likewise where nothing else follows from its absence.
    ///
    /// @param usual what holds then, in words
    <R, T> Setting<R, T> setting(Draft<R, T> draft, String usual, Function<R, @Nullable T> accessor, String described) {
        return this == NOBODYS
                ? draft.inherits(usual).acts(accessor, described)
                : draft.inherits(from + draft.name()).acts(accessor, sentence);
    }

    /// @param usual and described by the sentence, where the defaults are
    <R, T> Setting<R, T> setting(Draft<R, T> draft, T usual, Function<R, T> accessor, String described) {
        return this == NOBODYS
                ? draft.orElse(usual).acts(owner -> accessor.apply(owner), described)
                : draft.inherits(from + draft.name()).acts(owner -> accessor.apply(owner), sentence);
    }
}
