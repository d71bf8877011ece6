package io.pgdoorman.e2e;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// Counts the connections of a pool as PostgreSQL sees them, ten times a second.
final class Samples implements AutoCloseable {

    private static final Duration PERIOD = Duration.ofMillis(100);
    private static final String CONNECTIONS =
            "select count(*) from pg_stat_activity where usename = 'app' and backend_type = 'client backend'";

    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicReference<SQLException> failure = new AtomicReference<>();
    private final Thread thread;

    private Samples(Target server) {
        thread = Thread.ofVirtual().name("samples").start(() -> run(server));
    }

    static Samples start(Tenant tenant) {
        return new Samples(tenant.asSuperuser());
    }

    int most() {
        if (failure.get() != null) {
            throw new AssertionError("a sample could not be taken", failure.get());
        }
        return most.get();
    }

    int taken() {
        return taken.get();
    }

    private void run(Target server) {
        try (var connection = server.connect()) {
            while (!isOver.get()) {
                most.accumulateAndGet(count(connection), Math::max);
                taken.incrementAndGet();
                Progress.pause(PERIOD);
            }
        } catch (SQLException e) {
            failure.set(e);
        }
    }

    private static int count(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(CONNECTIONS)) {
            rows.next();
            return rows.getInt(1);
        }
    }

    @Override
    public void close() {
        isOver.set(true);
        try {
            thread.join(Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
