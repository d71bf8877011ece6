package io.pgdoorman.pooler.client;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import io.pgdoorman.pooler.net.ChannelTimer;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Ends a session when the token ends that opened it, at the next transaction boundary.
final class Curfew {
    private static final PgError EXPIRED = PgError.fatal(
                    SqlState.ADMIN_SHUTDOWN, "terminating connection because its token has expired")
            .withHint("Connect again with a new token, or turn off ends_sessions of its issuer.");

    private static final AttributeKey<ScheduledFuture<?>> TIMER = AttributeKey.valueOf("curfew");

    private Curfew() {}

    static void set(Channel channel, LoggedIn client, Duration left) {
        channel.attr(TIMER).set(ChannelTimer.start(channel, () -> client.drain(EXPIRED), left.toMillis()));
    }

    /// How long the session may still last, in milliseconds; -1 for ever.
    static long left(Channel channel) {
        var timer = channel.attr(TIMER).get();
        return timer == null ? -1 : Math.max(0, timer.getDelay(TimeUnit.MILLISECONDS));
    }
}
