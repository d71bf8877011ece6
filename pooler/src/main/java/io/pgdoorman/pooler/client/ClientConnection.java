package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.cancel.CancelKey;
import io.pgdoorman.pooler.cancel.Cancellable;
import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.net.Fault;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.net.LineUser;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.pool.Borrowed;
import io.pgdoorman.pooler.pool.Borrower;
import io.pgdoorman.pooler.relay.ClientSide;
import io.pgdoorman.pooler.relay.RelayOwner;
import io.pgdoorman.pooler.relay.Traffic;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import org.jspecify.annotations.Nullable;

/// One logged-in client; [ClientState] says where it can be. Belongs to its event loop.
final class ClientConnection
        implements LoggedIn, LineUser, RelayOwner, Borrower<ServerConnection>, Cancellable, Departure.Movable {
    /// Who holds less than this of a message that is not whole is not ended for want of memory.
    private static final int MUCH = 64 * 1024;

    private final Building building;
    private final ClientPool pool;
    private final Line line;
    private final Loop loop;
    private final ClientSide side;
    private final IdleFrames idleFrames;
    private final Guest guest;
    private final Inbox inbox;
    private final ServerReturn servers;
    private final ClientTime time;
    private final Watch watch;
    private final HeldShare share;
    private final Turn turn;
    private @Nullable Departure departure;
    private @Nullable Curfew curfew;
    private ClientState state = ClientState.IDLE;
    private @Nullable CancelKey cancelKey;
    private @Nullable PgError draining;
    /// When it began to wait, or to be idle.
    private long sinceNanos;

    ClientState state() {
        return state;
    }

    /// When it began to wait, or to be idle.
    long sinceNanos() {
        return sinceNanos;
    }

    ClientConnection(Building building, ClientPool pool, Line line, Guest guest) {
        this.building = building;
        this.pool = pool;
        this.line = line;
        this.guest = guest;
        this.loop = building.loops().of(line.executor());
        this.inbox = new Inbox(line);
        this.servers = pool.serverReturn(building);
        this.turn = new Turn(pool.pool());
        this.share = new HeldShare(building.clients().memory());
        this.sinceNanos = guest.bornNanos();
        var traffic = new Traffic(pool.stats(), building.clock(), guest.id());
        this.side = new ClientSide(
                this,
                line,
                pool.shelf(loop.index()),
                pool.behaviour().relay(),
                new ClientSide.Session(guest.wanted(), guest.told(), traffic));
        this.idleFrames = new IdleFrames(
                side.statements(),
                pool.behaviour().relay().mapStatements(),
                pool.liveShortcuts(),
                side::resetUnlinked,
                pool.stats());
        this.time =
                new ClientTime(this, pool, side, idleFrames.begin(), new ClientTime.Connected(line, building.clock()));
        this.watch = new Watch(time, loop::arm, building.clock());
    }

    /// The login is over: from here on the client is served.
    ///
    /// @param secretLength of the cancel key
    CancelKey begin(int secretLength) {
        var key = building.cancels().registry().issue(this, secretLength);
        entered(key);
        return key;
    }

    private void entered(CancelKey key) {
        cancelKey = key;
        building.clients().entered(this);
        watch.look();
    }

    /// Another process has served the client up to here: it is served on from here.
    ///
    /// @return false when its cancel key is taken
    boolean goOn(HandedOverClient handedOver) {
        if (!building.cancels().registry().adopt(this, handedOver.key())) {
            return false;
        }
        side.goOn(handedOver.parameters());
        var cache = pool.cache(loop.index());
        for (var known : handedOver.statements()) {
            var _ = side.statements().put(known.name(), cache.intern(known.tail(), known.scope(), _ -> known.dirt()));
        }
        entered(handedOver.key());
        return true;
    }

    /// It is to leave after a while.
    void leavesAt(Curfew when) {
        curfew = when;
    }

    // ---- from the socket

    @Override
    public void received(ByteBuf in) {
        switch (state) {
            case IDLE -> idle(inbox.takeWith(in));
            case WAITING, AWAY -> inbox.hold(in);
            case LINKED -> side.linked().fromClient(in);
            case CLOSING -> in.release();
        }
        accountHeld();
    }

    /// A message that passes holds nothing, so mostly there is nothing to say. Too much is refused where it grows.
    private void accountHeld() {
        boolean tooMuch = share.is(state == ClientState.CLOSING ? 0 : inbox.size() + side.heldBytes());
        if (state == ClientState.WAITING) {
            if (tooMuch) {
                refuseWait(share.error());
            } else if (share.isTight()) {
                inbox.stopReading();
            }
        } else if (tooMuch && inbox.size() + side.heldBytes() > MUCH) {
            side.traffic().error(SqlState.OUT_OF_MEMORY);
            end(share.error().asFatal());
        }
    }

    @Override
    public void receivedAll() {
        if (state == ClientState.LINKED) {
            side.linked().flushServer();
        } else {
            line.flush();
        }
    }

    @Override
    public void writabilityChanged() {
        side.writabilityChanged();
    }

    @Override
    public void closed() {
        gone();
    }

    @Override
    public void failed(Throwable cause) {
        if (BrokenWire.is(cause)) {
            line.close();
            return;
        }
        ClientLog.failed(guest, pool, cause);
        broken(
                Fault.isWantOfMemory(cause)
                        ? PgError.fatal(SqlState.OUT_OF_MEMORY, "out of network memory of the pooler")
                        : PgError.fatal(SqlState.INTERNAL_ERROR, "internal error of the pooler"));
    }

    // ---- idle

    /// Looks at what an idle client sends; takes over the buffer.
    private void idle(ByteBuf in) {
        switch (need(in)) {
            case NOTHING -> {
                inbox.add(in);
                sinceNanos = building.clock().getAsLong();
                if (idleFrames.begin().isOpen()) {
                    watch.busy();
                }
                considerDrain();
            }
            case SERVER -> borrow(in);
            case TERMINATE -> {
                in.release();
                letGo();
            }
            case VIOLATION -> {
                var error = idleFrames.violation();
                in.release();
                end(error);
            }
        }
    }

    private IdleFrames.Need need(ByteBuf in) {
        try {
            return idleFrames.look(in, line);
        } catch (RuntimeException | Error bug) {
            in.release();
            throw bug;
        }
    }

    private void borrow(ByteBuf in) {
        switch (pool.pool().borrow(loop.index(), this)) {
            case Borrowed.Lent<ServerConnection>(var server) -> {
                ClientEvents.lent(this, server, 0);
                link(server, in);
                side.linked().fromClient(in);
            }
            case Borrowed.Waiting<ServerConnection>(var place) -> {
                state = ClientState.WAITING;
                turn.begins(place);
                sinceNanos = building.clock().getAsLong();
                time.waits();
                inbox.hold(in);
                watch.busy();
            }
            case Borrowed.Refused<ServerConnection>(var error) -> refuse(error, in);
        }
    }

    @Override
    public void lent(ServerConnection server) {
        if (state != ClientState.WAITING) {
            pool.pool().giveBack(server);
            return;
        }
        turn.comes();
        try {
            serveWith(server);
        } catch (RuntimeException | Error bug) {
            // Whoever gave the server back is not to pay for it: his pipeline is below us on this stack.
            failed(bug);
        }
    }

    private void serveWith(ServerConnection server) {
        long waited = building.clock().getAsLong() - sinceNanos;
        side.traffic().waited(waited);
        ClientEvents.lent(this, server, waited);
        var in = inbox.take();
        link(server, in);
        if (in != null) {
            side.linked().fromClient(in);
        }
        if (state == ClientState.LINKED) {
            side.linked().flushServer();
        }
        accountHeld();
    }

    /// The client's from now on, or nobody's.
    private void link(ServerConnection server, @Nullable ByteBuf work) {
        state = ClientState.LINKED;
        try {
            prepare(server, work);
        } catch (RuntimeException | Error bug) {
            if (!server.equals(side.server())) {
                server.close(CloseReason.INTERNAL);
            }
            if (work != null) {
                work.release();
            }
            throw bug;
        }
        watch.busy();
    }

    private void prepare(ServerConnection server, @Nullable ByteBuf work) {
        var check = work == null ? null : idleFrames.unanswered(work);
        var relay = side.relay();
        relay.link(server);
        line.boundUnsent();
        var begin = idleFrames.begin().take();
        if (begin != null) {
            relay.open(begin);
        }
        if (check != null) {
            pool.stats().checkForwarded();
            relay.record(check::remember, CheckQuery.MAX_ANSWER);
        }
    }

    @Override
    public void refused(PgError error) {
        if (state != ClientState.WAITING) {
            return;
        }
        turn.ends();
        long now = building.clock().getAsLong();
        side.traffic().waited(now - sinceNanos);
        sinceNanos = now;
        state = ClientState.IDLE;
        var in = inbox.take();
        refuse(error, in == null ? line.allocator().buffer(0) : in);
        line.flush();
        watch.look();
        accountHeld();
    }

    private void refuse(PgError error, ByteBuf in) {
        side.traffic().error(error.sqlState());
        if (error.isFatal()) {
            in.release();
            end(error);
            return;
        }
        idleFrames.refuseNext(error);
        idle(in);
    }

    @Override
    public void readClient(boolean on) {
        inbox.relayReads(on);
    }

    // ---- linked

    @Override
    public void leaseEnded(ServerConnection server) {
        state = ClientState.IDLE;
        sinceNanos = side.traffic().queryNanos();
        var rest = side.linked().takeRest();
        ClientEvents.returned(this, server, false);
        servers.giveBack(server, false);
        if (rest != null) {
            idle(inbox.takeWith(rest));
            if (state == ClientState.LINKED) {
                side.linked().flushServer();
            }
        } else {
            considerDrain();
        }
        accountHeld();
    }

    @Override
    public void boundary() {
        accountHeld();
        considerDrain();
    }

    @Override
    public void parameterChanged(String name, String value) {
        if (pool.behaviour().session().logChanges()) {
            ClientLog.parameterChanged(guest, pool, name, value);
        }
    }

    @Override
    public void serverLost(boolean told) {
        if (told) {
            closeAfterWrites();
        } else {
            end(PgError.fatal(SqlState.CONNECTION_FAILURE, "server closed the connection unexpectedly")
                    .withDetail("PostgreSQL ended the connection that this client held.")
                    .withHint("Connect again; whether the last transaction was committed is not known."));
        }
    }

    @Override
    public void terminated() {
        leaveServer();
        letGo();
    }

    private void letGo() {
        become(ClientState.CLOSING);
        Farewell.toOneWhoLeaves(line);
    }

    @Override
    public void violated(PgError error) {
        side.traffic().error(error.sqlState());
        end(error);
    }

    /// What was written is sent before the connection closes.
    private void closeAfterWrites() {
        become(ClientState.CLOSING);
        Farewell.silently(line);
    }

    /// In the middle of an answer an error would only be taken for a part of it.
    private void leave(PgError why, boolean midAnswer) {
        if (midAnswer) {
            closeAfterWrites();
        } else {
            become(ClientState.CLOSING);
            Farewell.say(line, why.asFatal());
        }
    }

    @Override
    public void broken(PgError error) {
        boolean midAnswer = side.isMidAnswer();
        var server = side.abandon();
        if (server != null) {
            ClientEvents.returned(this, server, true);
            server.close(CloseReason.PROTOCOL);
        }
        side.traffic().error(error.sqlState());
        leave(error, midAnswer);
    }

    // ---- the end

    /// Asks for the end at the next transaction boundary; any thread.
    @Override
    public void drain(PgError why) {
        loop.executor().execute(() -> {
            draining = why;
            // Once more through the loop: what the socket already has is read first, and served.
            loop.executor().execute(this::considerDrain);
        });
    }

    private void considerDrain() {
        var why = draining;
        if (why == null) {
            considerDeparture();
            return;
        }
        boolean idle = state == ClientState.IDLE && isAtRest();
        boolean idleInSession = state == ClientState.LINKED && side.owesNothing() && !side.isInTransaction();
        if (idle || idleInSession) {
            end(why);
        }
    }

    @Override
    public void suspend(boolean on, Runnable written) {
        loop.executor().execute(() -> {
            side.suspend(on);
            Suspension.afterWrites(line, side.server(), written);
        });
    }

    // ---- to another process

    @Override
    public void move(@Nullable Mover by) {
        loop.executor().execute(() -> {
            var way = departure;
            if (way == null) {
                way = new Departure(this, line, loop);
                departure = way;
            }
            way.wish(by);
        });
    }

    private void considerDeparture() {
        var way = departure;
        if (way != null) {
            way.consider();
        }
    }

    @Override
    public boolean isAtRest() {
        return (state == ClientState.IDLE || state == ClientState.AWAY)
                && inbox.isEmpty()
                && !idleFrames.isMidMessage()
                && !idleFrames.begin().isOpen();
    }

    @Override
    public HandedOverClient pack() {
        var key = cancelKey;
        if (key == null) {
            throw new IllegalStateException("a client without a cancel key");
        }
        state = ClientState.AWAY;
        watch.stop();
        return new HandedOverClient(
                guest.person(pool, building.clock().getAsLong(), curfew == null ? -1 : curfew.leftMillis()),
                side.knownParameters(),
                HandedOverClient.Prepared.of(side.statements()),
                key);
    }

    @Override
    public void unpack() {
        if (state != ClientState.AWAY) {
            return;
        }
        state = ClientState.IDLE;
        if (!line.isOpen()) {
            gone();
            return;
        }
        watch.look();
        var in = inbox.take();
        if (in != null) {
            idle(in);
            receivedAll();
        } else {
            considerDrain();
        }
        accountHeld();
    }

    @Override
    public void moved() {
        leaves();
    }

    /// Ends the connection now, with a reason for the client; any thread.
    @Override
    public void end(PgError why) {
        loop.run(() -> {
            if (state == ClientState.AWAY) {
                draining = why; // if it comes back
            } else if (state != ClientState.CLOSING) {
                boolean midAnswer = side.isMidAnswer();
                leaveServer();
                leave(why, midAnswer);
            }
        });
    }

    private void gone() {
        leaves();
        if (building.house().get().logDisconnections()) {
            ClientLog.left(guest, pool);
        }
    }

    private void leaves() {
        watch.stop();
        leaveServer();
        become(ClientState.CLOSING);
        var key = cancelKey;
        if (key != null) {
            cancelKey = null;
            building.cancels().registry().forget(key);
        }
        building.clients().left(this);
        side.traffic().report();
        side.statements().clear();
    }

    /// Gives the server back, or ends it when an answer or a message is under way: then PostgreSQL sees what it would
    /// see of a client that vanishes.
    private void leaveServer() {
        turn.giveUp(); // if a server is on its way already, lent() gives it back
        boolean clean = side.owesNothing();
        boolean inTransaction = side.isInTransaction();
        var doing = clean ? null : time.moment();
        var server = side.abandon();
        if (server == null) {
            return;
        }
        ClientEvents.returned(this, server, !clean);
        if (clean) {
            servers.giveBack(server, inTransaction);
        } else {
            servers.abandon(server, doing == null ? null : time.timeouts().next(doing));
        }
    }

    private void become(ClientState next) {
        state = next;
        if (next == ClientState.CLOSING) {
            watch.stop();
            inbox.release();
            var _ = share.is(0);
        }
    }

    // ---- its time

    @Override
    public void timeoutsChanged() {
        loop.executor().execute(watch::look);
    }

    // ---- others ask

    @Override
    public void cancel(Runnable ended) {
        loop.run(() -> {
            var server = side.server();
            if (state == ClientState.LINKED && server != null) {
                pool.stats().cancelBegan();
                building.cancels().sender().cancel(server, loop, () -> {
                    pool.stats().cancelEnded();
                    ended.run();
                });
                return;
            }
            if (state == ClientState.WAITING) {
                // What waits gets PostgreSQL's answer to a cancelled query, though no PostgreSQL has seen it.
                refuseWait(PgError.error(SqlState.QUERY_CANCELED, "canceling statement due to user request"));
            }
            ended.run();
        });
    }

    private void refuseWait(PgError error) {
        turn.giveUp();
        refused(error);
    }

    @Override
    public HbaRequest admission() {
        return new HbaRequest(line.isEncrypted(), Caller.address(line.remoteAddress()), pool.database(), guest.user());
    }

    @Override
    public long id() {
        return guest.id();
    }

    /// Whose it is and which statements it has, on its loop.
    void count(Census census) {
        census.count(pool, side.statements());
    }

    Loop loop() {
        return loop;
    }

    @Override
    public ClientPool pool() {
        return pool;
    }

    /// 0 idle, 1 active, 2 waiting; read without synchronization, for `SHOW`.
    @Override
    public int activity() {
        return state.activity();
    }

    @Override
    public boolean isAsync() {
        return side.isAsync();
    }

    @Override
    public ClientSnapshot snapshot() {
        return guest.snapshot(pool, state, side, building.clock().getAsLong());
    }
}
