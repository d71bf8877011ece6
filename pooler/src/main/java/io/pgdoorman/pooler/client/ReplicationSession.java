package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.cancel.CancelKey;
import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.net.Fault;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.net.LineUser;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerListener;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import io.pgdoorman.pooler.stats.ServerSnapshot;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.MessageEdges;
import io.pgdoorman.pooler.wire.PgError;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client with a walsender of its own (PostgreSQL manual, "Streaming Replication Protocol"): its bytes pass both ways
/// as they are, and the server ends with it. Belongs to its event loop.
final class ReplicationSession implements LoggedIn, LineUser, ServerListener {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicationSession.class);

    private final Building building;
    private final ClientPool pool;
    private final Line line;
    private final Loop loop;
    private final Guest guest;
    private final ServerConnection server;
    private final MessageEdges edges = new MessageEdges();
    private @Nullable CancelKey cancelKey;
    private @Nullable PgError draining;
    private volatile boolean active;
    private boolean ended;
    private boolean suspended;

    ReplicationSession(Building building, ClientPool pool, Line line, Guest guest, ServerConnection server) {
        this.building = building;
        this.pool = pool;
        this.line = line;
        this.loop = building.loops().of(line.executor());
        this.guest = guest;
        this.server = server;
    }

    /// The login is over: from here on bytes pass.
    CancelKey begin(int secretLength) {
        server.attach(this);
        var key = building.cancels().registry().issue(this::cancel, secretLength);
        cancelKey = key;
        building.clients().entered(this);
        return key;
    }

    private void cancel(Runnable done) {
        loop.run(() -> {
            if (ended) {
                done.run();
            } else {
                building.cancels().sender().cancel(server, loop, done);
            }
        });
    }

    // ---- from the client

    @Override
    public void received(ByteBuf in) {
        if (ended) {
            in.release();
            return;
        }
        active = true;
        pool.stats().clientBytes(in.readableBytes(), 0);
        server.write(in);
    }

    @Override
    public void receivedAll() {
        if (!ended) {
            server.flush();
        }
    }

    @Override
    public void writabilityChanged() {
        if (!ended) {
            applyReads();
        }
    }

    @Override
    public void closed() {
        leave(CloseReason.CLIENT_GONE);
        building.clients().left(this);
        var key = cancelKey;
        if (key != null) {
            cancelKey = null;
            building.cancels().registry().forget(key);
        }
    }

    @Override
    public void failed(Throwable cause) {
        if (!BrokenWire.is(cause)) {
            Fault.in(LOG.atError().setMessage("error while serving a replication client"), cause)
                    .addKeyValue("client", guest.id())
                    .log();
        }
        leave(CloseReason.CLIENT_GONE);
        line.close();
    }

    // ---- from the server

    @Override
    public void fromServer(ByteBuf chunk) {
        pool.stats().clientBytes(0, chunk.readableBytes());
        edges.pass(chunk);
        if (edges.lastButData() == Backend.READY_FOR_QUERY) {
            active = false;
        }
        line.write(chunk);
    }

    @Override
    public void serverReadComplete() {
        line.flush();
        considerDrain();
    }

    @Override
    public void serverWritabilityChanged() {
        applyReads();
    }

    private void applyReads() {
        line.read(!suspended && server.isWritable());
        server.setAutoRead(!suspended && line.isWritable());
    }

    @Override
    public void suspend(boolean on, Runnable written) {
        line.executor().execute(() -> {
            suspended = on;
            if (!ended) {
                applyReads();
            }
            Suspension.afterWrites(line, server, written);
        });
    }

    @Override
    public void serverClosed(CloseReason reason) {
        if (!ended) {
            ended = true;
            // PostgreSQL's own farewell, if it had one, has passed already.
            Farewell.silently(line);
        }
    }

    // ---- the end

    @Override
    public void drain(PgError why) {
        loop.executor().execute(() -> {
            draining = why;
            considerDrain();
        });
    }

    /// A stream has no end to wait for, and its client comes again; a base backup may go on while others drain.
    private void considerDrain() {
        var why = draining;
        if (why != null && edges.isAtEdge() && edges.lastButData() != Backend.COPY_OUT_RESPONSE) {
            end(why);
        }
    }

    /// Its server's session is in this process.
    @Override
    public void move(@Nullable Mover by) {}

    @Override
    public void end(PgError why) {
        loop.run(() -> {
            if (ended) {
                return;
            }
            leave(CloseReason.SHUTDOWN);
            if (edges.isAtEdge()) {
                Farewell.say(line, why.asFatal());
            } else {
                Farewell.silently(line);
            }
        });
    }

    private void leave(CloseReason why) {
        if (!ended) {
            ended = true;
            server.detach(this);
            server.close(why);
        }
    }

    // ---- others ask

    /// None of ours holds for a walsender, which has PostgreSQL's own.
    @Override
    public void timeoutsChanged() {}

    @Override
    public @Nullable HbaRequest admission() {
        return null;
    }

    @Override
    public long id() {
        return guest.id();
    }

    @Override
    public ClientPool pool() {
        return pool;
    }

    @Override
    public int activity() {
        return active ? 1 : 0;
    }

    @Override
    public ClientSnapshot snapshot() {
        return new ClientSnapshot(
                guest.id(),
                pool.database(),
                pool.user(),
                guest.applicationName(),
                guest.address(),
                false,
                active ? "active" : "idle",
                active ? "write" : "idle",
                0,
                0,
                0,
                ageSeconds());
    }

    /// Its server, which is in no pool's books.
    ServerSnapshot server() {
        var counters = server.counters();
        return new ServerSnapshot(
                server.id(),
                server.pid(),
                pool.database(),
                pool.user(),
                guest.applicationName(),
                server.isEncrypted(),
                "replication",
                active ? "read" : "idle",
                0,
                0,
                counters.sent(),
                counters.received(),
                ageSeconds(),
                0,
                0,
                0);
    }

    private long ageSeconds() {
        return (building.clock().getAsLong() - guest.bornNanos()) / 1_000_000_000;
    }
}
