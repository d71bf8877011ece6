package io.pgdoorman.pooler.server;

import io.pgdoorman.pooler.stats.ServerTrouble.Kind;
import io.pgdoorman.pooler.wire.PgError;
import org.jspecify.annotations.Nullable;

/// Why no connection to PostgreSQL could be made.
///
/// @param error what a waiting client is told
/// @param temporary whether another try may soon succeed (too many connections, starting up, shutting down)
/// @param trouble what it says of the server, null if nothing
public record ConnectFailure(
        PgError error, boolean temporary, @Nullable Kind trouble) {

    /// Of which nothing is known but whether it passes.
    public ConnectFailure(PgError error, boolean temporary) {
        this(error, temporary, temporary ? Kind.UNREACHABLE : Kind.LOGIN);
    }
}
