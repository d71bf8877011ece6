package io.pgdoorman.config.catalogue;

/// What holds when a key is absent.
public sealed interface Presence<T> {

    /// This value.
    record Default<T>(T value) implements Presence<T> {}

    /// A fault.
    record Required<T>() implements Presence<T> {}

    /// What another key says, or nothing; the sentence names it.
    record Otherwise<T>(String what) implements Presence<T> {}
}
