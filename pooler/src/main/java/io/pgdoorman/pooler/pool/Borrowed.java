package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.wire.PgError;

/// The answer to a client that asks its pool for a server.
public sealed interface Borrowed<S> {
    record Lent<S>(S server) implements Borrowed<S> {}

    record Waiting<S>(Ticket<S> ticket) implements Borrowed<S> {}

    record Refused<S>(PgError error) implements Borrowed<S> {}
}
