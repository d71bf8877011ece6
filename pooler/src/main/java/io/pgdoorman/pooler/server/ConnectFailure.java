package io.pgdoorman.pooler.server;

import io.pgdoorman.pooler.stats.ServerTrouble;
import io.pgdoorman.pooler.wire.PgError;
import org.jspecify.annotations.Nullable;

/// Why no connection to PostgreSQL could be made.
///
/// @param error what a waiting client is told
/// @param temporary whether another try may soon succeed (too many connections, starting up, shutting down)
/// @param trouble what it says of the server, null if nothing
/// @param kind of several servers, that of the one that came closest
public record ConnectFailure(PgError error, boolean temporary, ServerTrouble.@Nullable Kind trouble, Kind kind) {

    /// How far it came, in this order.
    public enum Kind {
        /// There is nobody.
        UNREACHABLE,
        /// No answer in time.
        SILENT,
        /// It starts up, shuts down or recovers.
        CLOSED,
        /// It is not what target_session_attrs asks for.
        UNFIT,
        /// It is there, without room for one more.
        FULL,
        /// It is there and does not take this login, or not as safely as it has to be.
        REFUSED,
        /// This process cannot open connections now.
        OURS;

        /// Whether the server that is wanted is not there.
        public boolean isAbsence() {
            return compareTo(UNFIT) <= 0;
        }
    }

    /// Of which nothing is known but whether it passes.
    public ConnectFailure(PgError error, boolean temporary) {
        this(
                error,
                temporary,
                temporary ? ServerTrouble.Kind.UNREACHABLE : ServerTrouble.Kind.LOGIN,
                temporary ? Kind.UNREACHABLE : Kind.REFUSED);
    }
}
