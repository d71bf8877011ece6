package io.pgdoorman.pooler.net;

import io.netty.buffer.PooledByteBufAllocator;
import org.slf4j.spi.LoggingEventBuilder;

/// What is thrown on a loop of the data path and is nobody's error but ours, on its way into the log. Want of network
/// memory is one of them (see [NetworkMemory]): it meets whoever asks next, so that where it was met says nothing.
public final class Fault {
    private Fault() {}

    /// The event with the reason: of want of memory a line, of all else the way that led there too. Of want of memory
    /// this loop gives back what it keeps at hand.
    public static LoggingEventBuilder in(LoggingEventBuilder event, Throwable cause) {
        if (!isWantOfMemory(cause)) {
            return event.setCause(cause);
        }
        // What this loop keeps at hand of each length others may need in another; it is the time to have it no more.
        var _ = PooledByteBufAllocator.DEFAULT.trimCurrentThreadCache();
        return event.addKeyValue("reason", "no network memory: " + cause.getMessage());
    }

    /// Want of heap is not told in this way: it ends the process.
    public static boolean isWantOfMemory(Throwable cause) {
        return cause instanceof OutOfMemoryError;
    }
}
