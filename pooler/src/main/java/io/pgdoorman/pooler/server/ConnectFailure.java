package io.pgdoorman.pooler.server;

import io.pgdoorman.pooler.wire.PgError;

/// Why no connection to PostgreSQL could be made.
///
/// @param error what a waiting client is told
/// @param temporary whether another try may soon succeed (too many connections, starting up, shutting down)
public record ConnectFailure(PgError error, boolean temporary) {}
