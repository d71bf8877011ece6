package io.pgdoorman.pooler.client;

import io.netty.channel.Channel;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Ends a session when the token ends that opened it, at the next transaction boundary.
final class Curfew {
    private static final PgError EXPIRED = PgError.fatal(
                    SqlState.ADMIN_SHUTDOWN, "terminating connection because its token has expired")
            .withHint("Connect again with a new token, or turn off ends_sessions of its issuer.");

    private Curfew() {}

    static void set(Channel channel, LoggedIn client, Duration left) {
        var timer = channel.eventLoop().schedule(() -> client.drain(EXPIRED), left.toMillis(), TimeUnit.MILLISECONDS);
        var _ = channel.closeFuture().addListener(_ -> timer.cancel(false));
    }
}
