package io.pgdoorman.bench;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Threads like those of event loops: on others Netty keeps no buffers for the next one. JMH is told of this class by
/// `jmh.executor.class` and calls the constructor with these two arguments.
public final class LoopThreads extends ThreadPoolExecutor {
    public LoopThreads(int threads, String name) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DefaultThreadFactory(name));
    }
}
