package io.pgdoorman.pooler.pool;

import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.PoolServer;
import io.pgdoorman.pooler.server.PoolSlot;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A server that does what the test says.
final class FakeServer implements PoolServer {
    final int number;
    private final PoolSlot slot = new PoolSlot();
    private final FakeSource source;
    private int loop;
    private boolean open = true;

    private @Nullable Consumer<Boolean> probe;

    @Nullable
    CloseReason closeReason;

    @Nullable
    CloseReason unwanted;

    boolean losesItsConnectionWhenMoved;
    int moves;

    FakeServer(int number, FakeSource source, int loop) {
        this.number = number;
        this.source = source;
        this.loop = loop;
    }

    @Override
    public PoolSlot slot() {
        return slot;
    }

    @Override
    public int loop() {
        return loop;
    }

    @Override
    public void moveTo(int target, Consumer<Boolean> done) {
        moves++;
        source.tasks.add(() -> {
            if (losesItsConnectionWhenMoved) {
                open = false;
                done.accept(false);
            } else {
                loop = target;
                done.accept(true);
            }
        });
    }

    @Override
    public void probe(Consumer<Boolean> done) {
        probe = done;
    }

    @Override
    public void close(CloseReason reason) {
        open = false;
        closeReason = reason;
    }

    /// PostgreSQL answers, if it was asked for a sign of life.
    void answersProbe() {
        var asked = probe;
        probe = null;
        if (asked != null) {
            asked.accept(true);
        }
    }

    /// PostgreSQL hangs up.
    void breaks() {
        open = false;
    }

    @Override
    public @Nullable CloseReason unwanted() {
        return unwanted;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public String toString() {
        return "server " + number;
    }
}
