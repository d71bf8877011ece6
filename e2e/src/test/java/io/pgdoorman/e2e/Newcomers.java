package io.pgdoorman.e2e;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/// Clients that log in, ask one thing and leave, again and again; what kept one from it is remembered.
final class Newcomers implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration LAST_ANSWER = Duration.ofMinutes(1);

    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicLong served = new AtomicLong();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads;

    private Newcomers(Target target, int clients) {
        threads = IntStream.range(0, clients)
                .mapToObj(
                        client -> Thread.ofVirtual().name("newcomer-" + client).start(() -> visit(target)))
                .toList();
    }

    static Newcomers start(Target target, int clients) {
        return new Newcomers(target, clients);
    }

    /// So many logged in and got their answer.
    long served() {
        return served.get();
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    /// Lets all get their last answer, then tells.
    void finish() {
        close();
        Progress.say("newcomers: " + served + " served, failures " + failures);
    }

    private void visit(Target target) {
        while (!isOver.get()) {
            try (var connection = target.connect();
                    var statement = connection.createStatement()) {
                statement.execute("select 1");
                served.incrementAndGet();
            } catch (SQLException e) {
                failures.add(e.getSQLState() + " " + e.getMessage());
            }
            Progress.pause(PAUSE);
        }
    }

    /// Lets all get their last answer.
    @Override
    public void close() {
        isOver.set(true);
        try {
            for (var thread : threads) {
                if (!thread.join(LAST_ANSWER)) {
                    throw new AssertionError(thread.getName() + " hangs");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
