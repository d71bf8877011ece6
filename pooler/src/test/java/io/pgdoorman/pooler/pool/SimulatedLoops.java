package io.pgdoorman.pooler.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;

/// Event loops without threads, and their clock. A loop runs one task at a time; a task that was preempted
/// keeps its loop until it goes on.
final class SimulatedLoops {
    private static final int NOBODY = -1;

    private final Random random;
    private final List<Queue<Runnable>> queues = new ArrayList<>();
    private final boolean[] busy;
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private int current = NOBODY;
    private long timerCount;
    long now = 1_000_000_000L;

    private record Timer(long due, long number, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            return due == other.due ? Long.compare(number, other.number) : Long.compare(due, other.due);
        }
    }

    SimulatedLoops(Random random, int count) {
        this.random = random;
        this.busy = new boolean[count];
        for (int i = 0; i < count; i++) {
            queues.add(new ArrayDeque<>());
        }
    }

    int count() {
        return busy.length;
    }

    boolean isFree(int loop) {
        return !busy[loop];
    }

    /// As an event loop does: at once when already there.
    void run(int loop, Runnable task) {
        if (current == loop) {
            task.run();
        } else {
            soon(loop, task);
        }
    }

    void soon(int loop, Runnable task) {
        queues.get(loop).add(task);
    }

    void later(Runnable task, long delayNanos) {
        timers.add(new Timer(now + delayNanos, timerCount++, task));
    }

    /// Runs a task that comes from outside, such as a byte from the network, as the loop's own.
    void turn(int loop, Runnable task) {
        int before = current;
        busy[loop] = true;
        current = loop;
        try {
            task.run();
        } finally {
            current = before;
            busy[loop] = false;
        }
    }

    /// Runs what comes from no loop, such as an order of the console.
    void elsewhere(Runnable task) {
        int before = current;
        current = NOBODY;
        try {
            task.run();
        } finally {
            current = before;
        }
    }

    /// One task of any loop that is free.
    boolean runsOne() {
        int first = random.nextInt(busy.length);
        for (int i = 0; i < busy.length; i++) {
            int loop = (first + i) % busy.length;
            if (!busy[loop] && !queues.get(loop).isEmpty()) {
                turn(loop, queues.get(loop).remove());
                return true;
            }
        }
        return false;
    }

    boolean isEmpty() {
        return queues.stream().allMatch(Queue::isEmpty);
    }

    /// Time passes, but not beyond the next timer, which goes off then.
    void passes(long nanos) {
        var next = timers.peek();
        if (next == null || next.due - now > nanos) {
            now += nanos;
            return;
        }
        now = Math.max(now, next.due);
        soon(0, timers.remove().task());
    }

    boolean hasTimerWithin(long nanos) {
        var next = timers.peek();
        return next != null && next.due - now <= nanos;
    }
}
