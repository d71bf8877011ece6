package io.pgdoorman.pooler.admin;

/// What became of RELOAD.
public sealed interface ReloadOutcome {

    /// The file is live, by this reload or already before.
    record Live() implements ReloadOutcome {}

    /// The file was refused, for the reason told; the old configuration stays live.
    record Refused(String reason) implements ReloadOutcome {}
}
