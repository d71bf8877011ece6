package io.pgdoorman.pooler.http;

/// What became of an [AllowRequest].
public sealed interface AllowAnswer {

    /// @param connections to servers that the process may have now
    record Allowed(int connections) implements AllowAnswer {}

    /// It does not fit what is live; nothing was done.
    record Refused(String reason) implements AllowAnswer {}

    /// The next process in this pod would not know of it; nothing was done.
    record Forgetful(String reason) implements AllowAnswer {}
}
