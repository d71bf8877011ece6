package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.ConnectFailure;
import io.pgdoorman.pooler.wire.PgError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/// Loops without threads and connects that end when the test says so; time passes by hand.
final class FakeSource implements ServerSource<FakeServer> {
    final Queue<Runnable> tasks = new ArrayDeque<>();
    final Queue<Connect> connects = new ArrayDeque<>();
    private final List<Timer> timers = new ArrayList<>();
    private final int loops;
    private int made;
    boolean ready = true;
    long now = 1_000_000_000L;

    record Connect(int loop, Callback<FakeServer> callback) {}

    record Timer(long due, Runnable task) {}

    FakeSource(int loops) {
        this.loops = loops;
    }

    @Override
    public void connect(int loop, Callback<FakeServer> callback) {
        connects.add(new Connect(loop, callback));
    }

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public void run(int loop, Runnable task) {
        tasks.add(task);
    }

    @Override
    public void later(Runnable task, long delayNanos) {
        timers.add(new Timer(now + delayNanos, task));
    }

    @Override
    public int loops() {
        return loops;
    }

    /// The oldest connect under way succeeds.
    FakeServer connects() {
        var connect = connects.remove();
        var server = new FakeServer(++made, this, connect.loop());
        connect.callback().connected(server);
        turn();
        return server;
    }

    /// The oldest connect under way fails.
    void refuses(PgError error, boolean temporary) {
        connects.remove().callback().failed(new ConnectFailure(error, temporary));
        turn();
    }

    /// All loops run what they have.
    void turn() {
        Runnable task;
        while ((task = tasks.poll()) != null) {
            task.run();
        }
    }

    void passes(long nanos) {
        now += nanos;
        var due = timers.stream().filter(timer -> timer.due() <= now).toList();
        timers.removeAll(due);
        due.forEach(timer -> timer.task().run());
        turn();
    }
}
