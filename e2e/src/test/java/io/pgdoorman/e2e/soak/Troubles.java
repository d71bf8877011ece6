package io.pgdoorman.e2e.soak;

import io.pgdoorman.e2e.drivers.Driver;
import io.pgdoorman.e2e.local.LocalPooler;
import io.pgdoorman.e2e.local.LocalPostgres;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;

/// Kills servers, restarts PostgreSQL, and lets real drivers run in between, which only restarts may not meet.
final class Troubles {

    private static final Duration KILL_EVERY = Duration.ofMillis(700);
    private static final Duration RESTART_EVERY = Duration.ofSeconds(20);

    private final LocalPostgres postgres;
    private final LocalPooler pooler;
    private final Tally tally;
    private final ReentrantReadWriteLock upAndDown = new ReentrantReadWriteLock(true);

    Troubles(LocalPostgres postgres, LocalPooler pooler, Tally tally) {
        this.postgres = postgres;
        this.pooler = pooler;
        this.tally = tally;
    }

    /// Terminates servers of the visitors, one by one.
    Runnable kills(Random random, BooleanSupplier isOver) {
        return () -> {
            while (!isOver.getAsBoolean()) {
                pause(Duration.ofMillis(random.nextLong(2 * KILL_EVERY.toMillis())), isOver);
                upAndDown.readLock().lock();
                try {
                    var killed = postgres.asks("select pg_terminate_backend(pid)::text from pg_stat_activity"
                            + " where usename in ('app', 'clerk') order by random() limit 1");
                    killed.forEach(_ -> tally.done("kill of a server"));
                } finally {
                    upAndDown.readLock().unlock();
                }
            }
        };
    }

    Runnable restarts(BooleanSupplier isOver) {
        return () -> {
            while (!pause(RESTART_EVERY, isOver)) {
                upAndDown.writeLock().lock();
                try {
                    postgres.restart();
                    tally.done("restart of PostgreSQL");
                } finally {
                    upAndDown.writeLock().unlock();
                }
            }
        };
    }

    /// Runs a driver's program again and again; all its scenarios must pass.
    Runnable drives(Driver driver, BooleanSupplier isOver) {
        return () -> {
            Driver.build(driver.language());
            while (!isOver.getAsBoolean()) {
                upAndDown.readLock().lock();
                try {
                    var report = driver.run(pooler.port(), Driver.Servers.ANY);
                    report.failures().forEach(failure -> tally.wrong(driver.name() + " " + failure));
                    tally.done("run of " + driver.name());
                } finally {
                    upAndDown.readLock().unlock();
                }
                pause(Duration.ofSeconds(1), isOver);
            }
        };
    }

    /// Whether it is over.
    private static boolean pause(Duration time, BooleanSupplier isOver) {
        var end = Instant.now().plus(time);
        while (Instant.now().isBefore(end) && !isOver.getAsBoolean()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        return isOver.getAsBoolean();
    }
}
