package io.pgdoorman.pooler.client;

import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.script.Message;
import io.pgdoorman.pooler.server.FakePostgres;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.wire.Frontend;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// PostgreSQL's side of a server in a simulation: runs one query at a time, and knows for whom.
final class SimulatedBackend {
    private static final byte[] IDLE = {'Z', 0, 0, 0, 5, 'I'};
    private static final byte[] IN_TRANSACTION = {'Z', 0, 0, 0, 5, 'T'};

    private static final byte[] CANCELED = Message.tagged(
                    'E', "SERROR\0C57014\0Mcanceling statement\0\0".getBytes(StandardCharsets.US_ASCII))
            .bytes();

    private final int pid;
    private final FakePostgres postgres;
    private boolean busy;
    private boolean left;
    private boolean begins;
    private boolean cancelled;
    private @Nullable CancellingClient holder;
    private @Nullable CancellingClient abandonedBy;

    SimulatedBackend(int pid) {
        this.pid = pid;
        this.postgres = new FakePostgres(1, pid, new byte[4]);
        postgres.freezesTime();
    }

    int pid() {
        return pid;
    }

    Loop loop() {
        return postgres.loop();
    }

    ServerConnection server() {
        return postgres.connection();
    }

    boolean isGone() {
        return postgres.isClosed();
    }

    void passes(long millis) {
        if (!isGone()) {
            postgres.passes(millis, TimeUnit.MILLISECONDS);
        }
    }

    // ---- who has it

    /// @param begins whether a transaction is left open
    void asks(CancellingClient client, boolean begins) {
        holder = client;
        this.begins = begins;
        server().send(Unpooled.wrappedBuffer(Message.query("client's").bytes()));
    }

    void letsGo() {
        holder = null;
    }

    void isAbandoned() {
        abandonedBy = holder;
        holder = null;
    }

    @Nullable
    CancellingClient abandonedBy() {
        return abandonedBy;
    }

    // ---- PostgreSQL

    /// Reads what came, and is done with what it runs.
    void acts(boolean isDone) {
        reads();
        if (busy && isDone) {
            busy = false;
            if (cancelled) {
                cancelled = false;
                sends(CANCELED);
            }
            sends(begins ? IN_TRANSACTION : IDLE);
            reads();
        }
        if (left && !busy && !isGone()) {
            postgres.hangsUp();
        }
    }

    private void sends(byte[] bytes) {
        if (!isGone()) {
            postgres.sends(bytes);
        }
    }

    private void reads() {
        var in = ByteBuffer.wrap(postgres.received());
        while (in.hasRemaining()) {
            byte tag = in.get();
            int length = in.getInt();
            busy |= tag == Frontend.QUERY;
            left |= tag == Frontend.TERMINATE;
            in.position(in.position() + length - Integer.BYTES);
        }
    }

    /// PostgreSQL takes a cancel request for it.
    ///
    /// @return whether there was something to cancel
    boolean isHit(@Nullable CancellingClient asked) {
        reads();
        var one = holder;
        if (one != null && one != asked) {
            throw new AssertionError("a cancel request reached the server of another client");
        }
        if (busy && one == null && abandonedBy == null && server().unwanted() == null) {
            throw new AssertionError("a cancel request reached the pooler's own query");
        }
        cancelled = busy;
        return busy;
    }

    void ends() {
        postgres.hangsUp();
        var _ = postgres.received();
    }
}
