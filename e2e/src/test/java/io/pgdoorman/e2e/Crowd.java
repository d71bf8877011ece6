package io.pgdoorman.e2e;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/// Clients that stay, each with a connection of its own, and ask the same again and again; who gets no answer in time
/// begins anew.
final class Crowd implements AutoCloseable {

    private static final Duration THINK = Duration.ofMillis(200);
    private static final Duration LAST_ANSWER = Duration.ofMinutes(1);

    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<Thread> threads;

    private Crowd(Target target, int clients, String sql) {
        threads = IntStream.range(0, clients)
                .mapToObj(client -> Thread.ofVirtual().name("crowd-" + client).start(() -> ask(target, sql)))
                .toList();
    }

    static Crowd start(Target target, int clients, String sql) {
        return new Crowd(target, clients, sql);
    }

    private void ask(Target target, String sql) {
        while (!isOver.get()) {
            try (var connection = target.connect();
                    var statement = connection.createStatement()) {
                while (!isOver.get()) {
                    statement.execute(sql);
                    Progress.pause(THINK);
                }
            } catch (SQLException _) {
                Progress.pause(THINK);
            }
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
