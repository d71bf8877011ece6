package io.pgdoorman.e2e.patroni;

import io.pgdoorman.e2e.Progress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Clients that write one row after the other, and again after a failure; each row is a transaction with an answer.
final class Writers implements AutoCloseable {
    private static final Duration THOUGHT = Duration.ofMillis(20);
    private static final Duration AFTER_A_FAILURE = Duration.ofMillis(100);

    private final String url;
    private final AtomicLong ids = new AtomicLong();
    private final Queue<Written> written = new ConcurrentLinkedQueue<>();
    private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ended;

    /// A row that was acknowledged.
    ///
    /// @param port of the server that did
    record Written(long id, int port, long nanos) {}

    record Failure(String text, long nanos) {}

    Writers(int count, int pooler) {
        url = "jdbc:postgresql://127.0.0.1:" + pooler + "/shop";
        for (int i = 0; i < count; i++) {
            threads.add(Thread.ofPlatform().name("writer-" + i).start(this::write));
        }
    }

    private void write() {
        Connection connection = null;
        while (!ended) {
            try {
                if (connection == null) {
                    connection = DriverManager.getConnection(url, "app", "app-secret");
                }
                write(connection);
                Progress.pause(THOUGHT);
            } catch (SQLException failed) {
                failures.add(new Failure(failed.getSQLState() + " " + failed.getMessage(), System.nanoTime()));
                close(connection);
                connection = null;
                Progress.pause(AFTER_A_FAILURE);
            }
        }
        close(connection);
    }

    private void write(Connection connection) throws SQLException {
        long id = ids.incrementAndGet();
        try (var statement =
                connection.prepareStatement("insert into entry values (?) returning current_setting('port')::int")) {
            statement.setLong(1, id);
            try (var rows = statement.executeQuery()) {
                rows.next();
                written.add(new Written(id, rows.getInt(1), System.nanoTime()));
            }
        }
    }

    private static void close(@Nullable Connection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException gone) {
                Progress.say("a connection that was closed already: " + gone.getMessage());
            }
        }
    }

    List<Written> written() {
        return List.copyOf(written);
    }

    List<Failure> failures() {
        return List.copyOf(failures);
    }

    /// Rows since that moment at this server.
    long writtenSince(long nanos, int port) {
        return written.stream()
                .filter(row -> row.nanos() - nanos > 0 && row.port() == port)
                .count();
    }

    @Override
    public void close() {
        ended = true;
        for (var thread : threads) {
            try {
                thread.join(Duration.ofMinutes(2));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }
}
