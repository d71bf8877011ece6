package io.pgdoorman.pooler.script;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/// Clients that work without end and come back when they lose their connection, as an application's pool does; for what
/// they see of a crash.
public final class Crowd implements AutoCloseable {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String url;
    private final ExecutorService threads;
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong wrong = new AtomicLong();
    private final AtomicLongArray begunNanos;
    private final Map<String, Integer> errors = new ConcurrentSkipListMap<>();
    private volatile boolean stops;

    private Crowd(Door door, int clients, String name) {
        this.url = door.jdbcUrl() + "?connectTimeout=5&socketTimeout=60&ApplicationName=" + name;
        this.begunNanos = new AtomicLongArray(clients);
        this.threads = Executors.newFixedThreadPool(clients);
        for (int i = 0; i < clients; i++) {
            int me = i;
            threads.execute(() -> live(me));
        }
    }

    /// So many clients of [Door.Role#APP], each of which asks for a number and checks that it is 1.
    ///
    /// @param name that PostgreSQL knows their servers by
    public static Crowd at(Door door, int clients, String name) {
        return new Crowd(door, clients, name);
    }

    private void live(int me) {
        while (!stops) {
            try (var connection = DriverManager.getConnection(url, Door.Role.APP.user(), Door.Role.APP.password())) {
                work(connection, me);
            } catch (SQLException lost) {
                errors.merge(String.valueOf(lost.getSQLState()), 1, Integer::sum);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void work(Connection connection, int me) throws SQLException {
        while (!stops) {
            long begun = System.nanoTime();
            try (var statement = connection.createStatement();
                    var rows = statement.executeQuery("select 1")) {
                if (!rows.next() || rows.getInt(1) != 1) {
                    wrong.incrementAndGet();
                }
            } catch (SQLException refused) {
                if (connection.isClosed()) {
                    throw refused;
                }
                errors.merge(String.valueOf(refused.getSQLState()), 1, Integer::sum);
                continue;
            }
            done.incrementAndGet();
            begunNanos.set(me, begun);
        }
    }

    /// Waits until each of them has done something that it began after now.
    ///
    /// @return how long that took
    public Duration untilAllWork() {
        long since = System.nanoTime();
        Eventually.isTrue("all clients work; errors so far " + errors, Duration.ofSeconds(90), () -> {
            for (int i = 0; i < begunNanos.length(); i++) {
                if (begunNanos.get(i) - since <= 0) {
                    return false;
                }
            }
            return true;
        });
        return Duration.ofNanos(System.nanoTime() - since);
    }

    /// Queries that were answered.
    public long done() {
        return done.get();
    }

    /// Answers that were not what was asked for.
    public long wrong() {
        return wrong.get();
    }

    /// How often they saw which SQLSTATE.
    public Map<String, Integer> errors() {
        return errors;
    }

    @Override
    public void close() {
        stops = true;
        threads.shutdown();
        try {
            if (!threads.awaitTermination(90, TimeUnit.SECONDS)) {
                throw new AssertionError("clients do not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
