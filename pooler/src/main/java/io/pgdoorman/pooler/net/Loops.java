package io.pgdoorman.pooler.net;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The event loops of the data path.
public final class Loops implements AutoCloseable {
    /// Without a moment of quiet, a loop that is busy when it is told to end leaves its channels open: Netty looks for
    /// them only in the turn after that.
    private static final int QUIET_MILLIS = 1;

    private final TransportKind transport;
    private final EventLoopGroup group;
    private final EventLoopGroup acceptor;
    private final List<Loop> loops = new ArrayList<>();

    public Loops(TransportKind transport, int threads) {
        this(transport, threads, false);
    }

    /// @param tied whether each loop stays on a processor of its own, as far as there are enough
    public Loops(TransportKind transport, int threads, boolean tied) {
        this.transport = transport;
        this.group = new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory("worker-pg-doorman"), transport.handlers());
        this.acceptor = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("acceptor"), transport.handlers());
        for (var executor : group) {
            loops.add(new Loop(loops.size(), (EventLoop) executor));
        }
        if (tied) {
            var processors = Affinity.ofThisThread();
            loops.forEach(loop -> loop.soon(() -> processors.tie(loop.index())));
        }
    }

    public int count() {
        return loops.size();
    }

    public Loop loop(int index) {
        return loops.get(index);
    }

    public List<Loop> all() {
        return List.copyOf(loops);
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

    /// Runs the task, on one of the loops, when each has done what lay before it now.
    void afterTurn(Runnable task) {
        afterTurn(0, task);
    }

    private void afterTurn(int from, Runnable task) {
        if (from == loops.size()) {
            task.run();
        } else {
            loops.get(from).soon(() -> afterTurn(from + 1, task));
        }
    }

    public TransportKind transport() {
        return transport;
    }

    EventLoopGroup group() {
        return group;
    }

    /// The loop beside the data path, for what is not to disturb it.
    EventLoop acceptorLoop() {
        return acceptor.next();
    }

    EventLoopGroup acceptor() {
        return acceptor;
    }

    @Override
    public void close() {
        var _ = acceptor.shutdownGracefully(QUIET_MILLIS, 1000, TimeUnit.MILLISECONDS);
        var _ = group.shutdownGracefully(QUIET_MILLIS, 2000, TimeUnit.MILLISECONDS);
        group.terminationFuture().awaitUninterruptibly(3, TimeUnit.SECONDS);
    }
}
