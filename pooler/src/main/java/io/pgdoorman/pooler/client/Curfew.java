package io.pgdoorman.pooler.client;

import io.netty.util.concurrent.ScheduledFuture;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Ends a session when the token ends that opened it, at the next transaction boundary. Belongs to the event loop.
final class Curfew {
    private static final PgError EXPIRED = PgError.fatal(
                    SqlState.ADMIN_SHUTDOWN, "terminating connection because its token has expired")
            .withHint("Connect again with a new token, or turn off ends_sessions of its issuer.");

    private final ScheduledFuture<?> timer;

    /// It is called off when the client's line closes.
    Curfew(LoggedIn client, Line line, Duration left) {
        this.timer = line.executor().schedule(() -> client.drain(EXPIRED), left.toMillis(), TimeUnit.MILLISECONDS);
        line.onClosed(() -> timer.cancel(false));
    }

    /// How long the session may still last.
    long leftMillis() {
        return Math.max(0, timer.getDelay(TimeUnit.MILLISECONDS));
    }
}
