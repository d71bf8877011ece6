package io.pgdoorman.config.catalogue;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What this version does with a key.
public sealed interface Support<R, T> {

    /// It acts, and stands in the record under this accessor.
    record Acts<R, T>(Function<R, @Nullable T> accessor) implements Support<R, T> {}

    /// Any valid value is accepted and changes nothing, since we are built so that it is not needed.
    record NoEffect<R, T>() implements Support<R, T> {}

    /// Known, but refused unless the value is one of those that ask for nothing; `wished` ones ask for something that
    /// may be left out, which is warned of.
    record NotYet<R, T>(List<T> inert, List<T> wished) implements Support<R, T> {
        public NotYet {
            inert = List.copyOf(inert);
            wished = List.copyOf(wished);
        }
    }
}
