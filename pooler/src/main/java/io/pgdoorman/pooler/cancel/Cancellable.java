package io.pgdoorman.pooler.cancel;

/// A client whose running query can be cancelled; called on any thread.
@FunctionalInterface
public interface Cancellable {
    /// @param ended called, on any thread, once the request can hit no later query any more
    void cancel(Runnable ended);
}
