package io.pgdoorman.pooler.cancel;

/// A client whose running query can be cancelled; called on any thread.
@FunctionalInterface
public interface Cancellable {
    void cancel();
}
