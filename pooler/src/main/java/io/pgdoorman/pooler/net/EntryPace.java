package io.pgdoorman.pooler.net;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/// Lets those who have logged in enter an event loop by and by when they come in a crowd: whoever is served there waits
/// for a few of them, and not for all of them and their first queries. A few at a time never wait. Belongs to the loop.
public final class EntryPace {
    /// In a crowd so many times as long as an entry took passes before the next.
    static final int OTHERS = 4;

    /// What comes with an entry and is not seen while it runs: its place in epoll, the first query. A guess is good
    /// enough for a share.
    static final long BESIDES_NANOS = TimeUnit.MICROSECONDS.toNanos(150);

    /// How far entries may be ahead of their share before they wait: five at once.
    static final long CREDIT_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

    /// Those who wait go on when so much of the share is there again: a timer for each would cost more than the entry.
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final ObjLongConsumer<Runnable> later;
    private final LongSupplier clock;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    /// When the time that entries have taken will be their share of all time.
    private long evenNanos;

    private boolean isArmed;

    /// @param later runs a task on the loop after so many nanoseconds
    /// @param clock nanoseconds
    EntryPace(ObjLongConsumer<Runnable> later, LongSupplier clock) {
        this.later = later;
        this.clock = clock;
        this.evenNanos = clock.getAsLong();
    }

    /// Runs the entry, at once or when its turn comes.
    public void enter(Runnable entry) {
        if (waiting.isEmpty() && aheadNanos() <= CREDIT_NANOS) {
            run(entry);
        } else {
            waiting.add(entry);
            arm();
        }
    }

    private void run(Runnable entry) {
        long begin = clock.getAsLong();
        try {
            entry.run();
        } finally {
            long took = clock.getAsLong() - begin + BESIDES_NANOS;
            evenNanos = Math.max(evenNanos, begin) + took * OTHERS;
        }
    }

    private long aheadNanos() {
        return evenNanos - clock.getAsLong();
    }

    private void arm() {
        if (!isArmed) {
            isArmed = true;
            later.accept(this::goOn, Math.max(0, aheadNanos() - CREDIT_NANOS + PAUSE_NANOS));
        }
    }

    private void goOn() {
        isArmed = false;
        try {
            while (!waiting.isEmpty() && aheadNanos() <= CREDIT_NANOS) {
                run(waiting.remove());
            }
        } finally {
            if (!waiting.isEmpty()) {
                arm();
            }
        }
    }
}
