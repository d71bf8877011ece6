package io.pgdoorman.pooler.reload;

/// What became of an order that says how many servers the process may have.
public sealed interface AllowOutcome {
    /// @param connections that it may have now
    record Allowed(int connections) implements AllowOutcome {}

    /// It does not fit what is live; nothing was done.
    record Refused(String reason) implements AllowOutcome {}

    /// It cannot be remembered for the next process in this pod, so nothing was done.
    record Forgetful(String reason) implements AllowOutcome {}
}
