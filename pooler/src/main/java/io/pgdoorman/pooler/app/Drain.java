package io.pgdoorman.pooler.app;

import io.pgdoorman.config.ShutdownConfig.Boundary;
import io.pgdoorman.pooler.client.Clients;
import io.pgdoorman.pooler.client.Exodus;
import io.pgdoorman.pooler.wire.PgError;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/// Clients are let go. Waits belong to threads that may block.
final class Drain {
    private static final int LOOK_MILLIS = 20;

    private final Clients clients;
    private final PgError why;
    private final Executor errands;
    private final LongSupplier clock;

    Drain(Clients clients, PgError why, Executor errands, LongSupplier clock) {
        this.clients = clients;
        this.why = why;
        this.errands = errands;
        this.clock = clock;
    }

    /// Refuses newcomers, and asks clients to leave where they may.
    void begin(Boundary boundary, Duration spread) {
        switch (boundary) {
            case SESSION -> clients.refuseNewcomers(why);
            case TRANSACTION -> {
                if (spread.isZero()) {
                    clients.drain(why);
                } else {
                    var exodus = clients.drainInTurn(why, spread);
                    errands.execute(() -> see(exodus));
                }
            }
        }
    }

    private void see(Exodus exodus) {
        long begun = clock.getAsLong();
        when(() -> !exodus.goOn(clock.getAsLong() - begun), () -> {});
    }

    /// Those that wait for a server leave without it.
    void endWaiting() {
        clients.endWaiting(why);
    }

    /// Acts as soon as a condition holds.
    void then(BooleanSupplier condition, Runnable act) {
        errands.execute(() -> when(condition, act));
    }

    private static void when(BooleanSupplier condition, Runnable act) {
        try {
            while (!condition.getAsBoolean()) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
            act.run();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits until all clients have left, at most this long.
    ///
    /// @return whether they have
    boolean await(Duration limit) throws InterruptedException {
        long begun = clock.getAsLong();
        // Who only stands at the door has nothing to lose, and could stand there until login_timeout.
        while (clients.loggedInCount() > 0) {
            if (clock.getAsLong() - begun >= limit.toNanos()) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        return true;
    }
}
