package io.pgdoorman.pooler.server;

import io.pgdoorman.pooler.wire.PgError;

/// What became of a query of the pooler's own.
public sealed interface ServerAnswer {
    /// PostgreSQL did it and is idle.
    record Done() implements ServerAnswer {}

    /// PostgreSQL refused it, in these words, did nothing of it, and is idle.
    record Refused(PgError error) implements ServerAnswer {}

    /// The connection is gone, or of no more use and closed.
    record Lost() implements ServerAnswer {}
}
