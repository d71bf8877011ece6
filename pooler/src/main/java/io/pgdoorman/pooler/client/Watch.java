package io.pgdoorman.pooler.client;

import io.pgdoorman.pooler.client.Timeouts.Doing;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Notices when a client's time is over, with at most one timer for each client and none where nothing is limited.
///
/// The timer is not moved when a query begins or ends, which would cost each transaction: it goes off after the
/// shortest limit that could have begun, sees what the client is doing now, and is set anew. Only a client that begins
/// to work after it was idle may have to set it earlier, at most once in that shortest limit. Belongs to the client's
/// event loop.
final class Watch {
    private final Watched client;
    private final Timer timer;
    private final LongSupplier clock;
    private @Nullable Runnable armed;
    private long dueNanos;

    /// What a watch asks of its client.
    interface Watched {
        Timeouts timeouts();

        /// What it is doing, or null when it is gone.
        Timeouts.@Nullable Moment moment();

        /// Its time is over: afterwards it is doing something else, or gone.
        void expired(Timeouts.Limit limit);
    }

    /// Something that runs tasks later; what it gives calls them off.
    interface Timer {
        Runnable later(Runnable task, long delayNanos);
    }

    Watch(Watched client, Timer timer, LongSupplier clock) {
        this.client = client;
        this.timer = timer;
        this.clock = clock;
    }

    /// The client begins to work or to wait: limits shorter than that of idleness may begin. On the way of each
    /// transaction.
    void busy() {
        long least = client.timeouts().leastBusy();
        if (least != 0) {
            long due = clock.getAsLong() + least;
            if (armed == null || due - dueNanos < 0) {
                set(due);
            }
        }
    }

    /// The client is new, or its limits are.
    void look() {
        while (true) {
            var limits = client.timeouts();
            var moment = client.moment();
            if (moment == null || (limits.isOff() && moment.doing() != Doing.CANCELLED)) {
                stop();
                return;
            }
            long now = clock.getAsLong();
            var next = limits.next(moment);
            if (next == null || !next.isOver(now)) {
                setFor(next, moment.doing() == Doing.IDLE ? 0 : limits.leastBusy(), now);
                return;
            }
            client.expired(next.limit());
        }
    }

    /// @param least after which another limit may be reached than the next one of now; 0 = none
    private void setFor(Timeouts.@Nullable Deadline next, long least, long now) {
        if (least != 0 && (next == null || now + least - next.atNanos() < 0)) {
            set(now + least);
        } else if (next != null) {
            set(next.atNanos());
        } else {
            stop();
        }
    }

    private void set(long due) {
        stop();
        dueNanos = due;
        armed = timer.later(
                () -> {
                    armed = null;
                    look();
                },
                Math.max(0, due - clock.getAsLong()));
    }

    void stop() {
        var running = armed;
        if (running != null) {
            armed = null;
            running.run();
        }
    }
}
