package io.pgdoorman.pooler.net;

import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/// What a connection is to do after a while, unless it has closed before. A timer that outlives its connection would
/// keep all that the connection knows until it is due.
public final class ChannelTimer {
    private ChannelTimer() {}

    /// Runs the task on the channel's event loop; at the channel's end it is called off.
    public static ScheduledFuture<?> start(Channel channel, Runnable task, long delayMillis) {
        var timer = channel.eventLoop().schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        var _ = channel.closeFuture().addListener(_ -> timer.cancel(false));
        return timer;
    }
}
