package io.pgdoorman.pooler.net;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The event loops: those of the data path, and those before it where connections prove who they are.
public final class Loops implements AutoCloseable {
    /// Without a moment of quiet, a loop that is busy when it is told to end leaves its channels open: Netty looks for
    /// them only in the turn after that.
    private static final int QUIET_MILLIS = 1;

    /// One of them lets in some thousand clients a second, and takes less of the processors than those who are in.
    private static final int LOOPS_PER_DOOR = 4;

    private final TransportKind transport;
    private final EventLoopGroup group;
    private final EventLoopGroup doors;
    private final List<Loop> loops;
    private final List<Loop> doorLoops;

    public Loops(TransportKind transport, int threads) {
        this(transport, threads, false);
    }

    /// @param tied whether each loop stays on a processor of its own, as far as there are enough
    public Loops(TransportKind transport, int threads, boolean tied) {
        this.transport = transport;
        this.group = new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory("worker-pg-doorman"), transport.handlers());
        this.doors = new MultiThreadIoEventLoopGroup(
                Math.max(1, threads / LOOPS_PER_DOOR), new DefaultThreadFactory("door"), transport.handlers());
        this.loops = numbered(group);
        this.doorLoops = numbered(doors);
        if (tied) {
            var processors = Affinity.ofThisThread();
            loops.forEach(loop -> loop.soon(() -> processors.tie(loop.index())));
        }
    }

    private static List<Loop> numbered(EventLoopGroup group) {
        List<Loop> all = new ArrayList<>();
        for (var executor : group) {
            all.add(new Loop(all.size(), (EventLoop) executor));
        }
        return List.copyOf(all);
    }

    public int count() {
        return loops.size();
    }

    public Loop loop(int index) {
        return loops.get(index);
    }

    public List<Loop> all() {
        return loops;
    }

    /// The loop for whoever comes in now: each in its turn.
    public Loop next() {
        return of(group.next());
    }

    /// The loop behind a channel's event loop.
    public Loop of(EventLoop executor) {
        for (var loop : loops) {
            if (loop.executor().equals(executor)) {
                return loop;
            }
        }
        throw new IllegalStateException("not one of the data path's event loops: " + executor);
    }

    /// Runs the task, on one of the doors' loops, when each has done what lay before it now.
    void afterTurn(Runnable task) {
        afterTurn(0, task);
    }

    private void afterTurn(int from, Runnable task) {
        if (from == doorLoops.size()) {
            task.run();
        } else {
            doorLoops.get(from).soon(() -> afterTurn(from + 1, task));
        }
    }

    public TransportKind transport() {
        return transport;
    }

    /// Where connections are accepted and stand until they have proven who they are: what that costs, a handshake above
    /// all, takes no time from those who are served.
    EventLoopGroup doors() {
        return doors;
    }

    List<Loop> doorLoops() {
        return doorLoops;
    }

    /// A loop beside the data path, for what is not to disturb it.
    EventLoop besideLoop() {
        return doors.next();
    }

    @Override
    public void close() {
        // First the doors: whoever stands there may have asked for something on the loops behind them.
        doors.shutdownGracefully(QUIET_MILLIS, 1000, TimeUnit.MILLISECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
        var _ = group.shutdownGracefully(QUIET_MILLIS, 2000, TimeUnit.MILLISECONDS);
        group.terminationFuture().awaitUninterruptibly(3, TimeUnit.SECONDS);
    }
}
