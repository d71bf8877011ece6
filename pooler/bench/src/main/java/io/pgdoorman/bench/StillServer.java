package io.pgdoorman.bench;

import io.pgdoorman.pooler.pool.ServerSource;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.server.PoolSlot;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A server without a connection, on the only loop, which is the caller's thread.
final class StillServer implements PoolServer {
    private final PoolSlot slot = new PoolSlot();

    /// Connects at once. Timers never ring: nothing here lasts so long.
    static final class Source implements ServerSource<StillServer> {
        @Override
        public void connect(int loop, Callback<StillServer> callback) {
            callback.connected(new StillServer());
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void run(int loop, Runnable task) {
            task.run();
        }

        @Override
        public void later(Runnable task, long delayNanos) {}

        @Override
        public int loops() {
            return 1;
        }
    }

    @Override
    public PoolSlot slot() {
        return slot;
    }

    @Override
    public int loop() {
        return 0;
    }

    @Override
    public void moveTo(int loop, Consumer<Boolean> done) {
        throw new IllegalStateException("there is one loop");
    }

    @Override
    public void probe(Consumer<Boolean> done) {
        done.accept(true);
    }

    @Override
    public void close(CloseReason reason) {
        throw new IllegalStateException("closed: " + reason);
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public @Nullable CloseReason unwanted() {
        return null;
    }
}
