package io.pgdoorman.pooler.net;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/// One event loop of the data path and its number; what belongs to a loop is touched on it alone.
///
/// @param pace of those who come in
public record Loop(int index, EventLoop executor, EntryPace pace) {
    public Loop(int index, EventLoop executor) {
        this(index, executor, new EntryPace((task, nanos) -> later(executor, task, nanos), System::nanoTime));
    }

    public boolean isCurrent() {
        return executor.inEventLoop();
    }

    /// Runs the task on this loop: now when already there, else as soon as the loop comes to it.
    public void run(Runnable task) {
        if (executor.inEventLoop()) {
            task.run();
        } else {
            executor.execute(task);
        }
    }

    /// Runs the task on this loop's next turn, even when already there.
    public void soon(Runnable task) {
        executor.execute(task);
    }

    /// Runs the task on this loop after a delay, unless that is called off.
    ///
    /// @return calls it off; on this loop
    public Runnable arm(Runnable task, long delayNanos) {
        var armed = executor.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        return () -> armed.cancel(false);
    }

    /// Runs the task on this loop after a delay.
    public void later(Runnable task, long delayNanos) {
        later(executor, task, delayNanos);
    }

    private static void later(EventLoop executor, Runnable task, long delayNanos) {
        var _ = executor.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    }
}
