package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.cancel.CancelKey;
import io.pgdoorman.pooler.cancel.Cancellable;
import io.pgdoorman.pooler.hba.HbaRequest;
import io.pgdoorman.pooler.net.Fault;
import io.pgdoorman.pooler.net.Line;
import io.pgdoorman.pooler.net.LineUser;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.relay.ClientSide;
import io.pgdoorman.pooler.relay.RelayOwner;
import io.pgdoorman.pooler.relay.Traffic;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import org.jspecify.annotations.Nullable;

/// One logged-in client; [ClientState] says where it can be. Belongs to its event loop.
final class ClientConnection implements LoggedIn, LineUser, RelayOwner, Cancellable {
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
    private final ClientTime time;
    private final Watch watch;
    private final HeldShare share;
    private final Lease lease;
    private @Nullable Departure departure;
    private ClientState state = ClientState.IDLE;
    private @Nullable CancelKey cancelKey;

    ClientConnection(Building building, ClientPool pool, Line line, Guest guest) {
        this.building = building;
        this.pool = pool;
        this.line = line;
        this.guest = guest;
        this.loop = building.loops().of(line.executor());
        this.inbox = new Inbox(line);
        this.lease = new Lease(this, pool.serverReturn(building));
        this.share = new HeldShare(building.clients().memory());
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
        time.idlesSince(guest.bornNanos());
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

    /// It is served from here on.
    void entered(CancelKey key) {
        cancelKey = key;
        building.clients().entered(this);
        watch.look();
    }

    /// It is to leave after a while.
    void leavesAt(Curfew when) {
        departure().endsAt(when);
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
    void accountHeld() {
        boolean tooMuch = share.is(state == ClientState.CLOSING ? 0 : inbox.size() + side.heldBytes());
        if (state == ClientState.WAITING) {
            if (tooMuch) {
                lease.giveUp(share.error());
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
        leaves();
        if (building.house().get().logDisconnections()) {
            ClientLog.left(guest, pool);
        }
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
                time.idlesSince(now());
                if (idleFrames.begin().isOpen()) {
                    watch.busy();
                }
                considerDeparture();
            }
            case SERVER -> lease.ask(in);
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

    /// No server for this work; takes over the buffer.
    void refuse(PgError error, ByteBuf in) {
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
        time.idlesSince(side.traffic().queryNanos());
        var rest = side.linked().takeRest();
        lease.ended(server);
        if (rest != null) {
            idle(inbox.takeWith(rest));
            if (state == ClientState.LINKED) {
                side.linked().flushServer();
            }
        } else {
            considerDeparture();
        }
        accountHeld();
    }

    @Override
    public void boundary() {
        accountHeld();
        considerDeparture();
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
        lease.leave();
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
        lease.breakOff();
        side.traffic().error(error.sqlState());
        leave(error, midAnswer);
    }

    // ---- the end

    /// Asks for the end at the next transaction boundary; any thread.
    @Override
    public void drain(PgError why) {
        loop.executor().execute(() -> {
            departure().endsWith(why);
            // Once more through the loop: what the socket already has is read first, and served.
            loop.executor().execute(this::considerDeparture);
        });
    }

    @Override
    public void move(@Nullable Mover by) {
        loop.executor().execute(() -> departure().goesBy(by));
    }

    private Departure departure() {
        var way = departure;
        if (way == null) {
            way = new Departure(this, line, loop);
            departure = way;
        }
        return way;
    }

    /// It may have come to a boundary.
    private void considerDeparture() {
        var way = departure;
        if (way != null) {
            way.consider();
        }
    }

    @Override
    public void suspend(boolean on, Runnable written) {
        loop.executor().execute(() -> {
            side.suspend(on);
            Suspension.afterWrites(line, side.server(), written);
        });
    }

    /// Whether it may leave now: it has no server, nothing is half read, and it is owed nothing.
    boolean isAtRest() {
        return (state == ClientState.IDLE || state == ClientState.AWAY)
                && inbox.isEmpty()
                && !idleFrames.isMidMessage()
                && !idleFrames.begin().isOpen();
    }

    /// Nobody serves it here from now on, unless it comes back.
    void goesAway() {
        state = ClientState.AWAY;
        watch.stop();
    }

    void comesBack() {
        if (state != ClientState.AWAY) {
            return;
        }
        state = ClientState.IDLE;
        if (!line.isOpen()) {
            closed();
            return;
        }
        watch.look();
        var in = inbox.take();
        if (in != null) {
            idle(in);
            receivedAll();
        } else {
            considerDeparture();
        }
        accountHeld();
    }

    /// Ends the connection now, with a reason for the client; any thread.
    @Override
    public void end(PgError why) {
        loop.run(() -> {
            if (state == ClientState.AWAY) {
                departure().endsWith(why); // if it comes back
            } else if (state != ClientState.CLOSING) {
                boolean midAnswer = side.isMidAnswer();
                lease.leave();
                leave(why, midAnswer);
            }
        });
    }

    /// It is not here any more.
    void leaves() {
        watch.stop();
        lease.leave();
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

    void become(ClientState next) {
        state = next;
        if (next == ClientState.CLOSING) {
            watch.stop();
            inbox.release();
            var _ = share.is(0);
        }
    }

    // ---- others ask

    @Override
    public void timeoutsChanged() {
        loop.executor().execute(watch::look);
    }

    @Override
    public void cancel(Runnable ended) {
        loop.run(() -> lease.cancel(building.cancels().sender(), ended));
    }

    @Override
    public HbaRequest admission() {
        return new HbaRequest(line.isEncrypted(), Caller.address(line.remoteAddress()), pool.database(), guest.user());
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
        return state.activity();
    }

    @Override
    public boolean isAsync() {
        return side.isAsync();
    }

    @Override
    public ClientSnapshot snapshot() {
        return guest.snapshot(pool, state, side, now());
    }

    // ---- for what belongs to it

    ClientState state() {
        return state;
    }

    long now() {
        return building.clock().getAsLong();
    }

    Loop loop() {
        return loop;
    }

    Line line() {
        return line;
    }

    Guest guest() {
        return guest;
    }

    ClientSide side() {
        return side;
    }

    Inbox inbox() {
        return inbox;
    }

    IdleFrames idleFrames() {
        return idleFrames;
    }

    Lease lease() {
        return lease;
    }

    ClientTime time() {
        return time;
    }

    Watch watch() {
        return watch;
    }

    CancelKey key() {
        var key = cancelKey;
        if (key == null) {
            throw new IllegalStateException("a client without a cancel key");
        }
        return key;
    }
}
