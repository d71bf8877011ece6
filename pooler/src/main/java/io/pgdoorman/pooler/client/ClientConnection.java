package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pgdoorman.pooler.cancel.CancelKey;
import io.pgdoorman.pooler.client.Timeouts.Doing;
import io.pgdoorman.pooler.net.Loop;
import io.pgdoorman.pooler.pool.Borrowed;
import io.pgdoorman.pooler.pool.Borrower;
import io.pgdoorman.pooler.pool.Ticket;
import io.pgdoorman.pooler.relay.Relay;
import io.pgdoorman.pooler.relay.RelayOwner;
import io.pgdoorman.pooler.relay.Traffic;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.stats.ClientSnapshot;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One logged-in client. Belongs to its event loop.
///
/// ```
///            first message that needs PostgreSQL
///   IDLE ─────────────────────────────► WAITING ──lent──► LINKED
///    ▲  ◄──────────── refused ───────────┘                  │
///    └───────────── transaction ended, server given back ◄──┘
///   any ──client gone, error, drain at a boundary──► CLOSING
/// ```
final class ClientConnection extends ChannelInboundHandlerAdapter
        implements LoggedIn, RelayOwner, Borrower<ServerConnection>, Watch.Watched {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    /// Who holds less than this of a message that is not whole is not ended for want of memory.
    private static final int MUCH = 64 * 1024;

    private final Building building;
    private final ClientPool pool;
    private final Channel channel;
    private final Loop loop;
    private final Relay relay;
    private final IdleFrames idleFrames;
    private final Guest guest;
    private final Inbox inbox;
    private final ServerReturn servers;
    private final Watch watch;
    private final HeldShare share;
    private State state = State.IDLE;
    private @Nullable CancelKey cancelKey;
    private @Nullable Ticket<ServerConnection> ticket;
    private @Nullable PgError draining;
    /// When it began to wait, or to be idle.
    private long sinceNanos;

    private boolean toldThatItWaits;
    private long cancelledNanos;

    /// A server was on its way when its wait was cancelled: it may come during another.
    private boolean straying;

    private enum State {
        IDLE,
        WAITING,
        LINKED,
        CLOSING
    }

    ClientConnection(Building building, ClientPool pool, Channel channel, Guest guest) {
        this.building = building;
        this.pool = pool;
        this.channel = channel;
        this.guest = guest;
        this.loop = building.loops().of(channel.eventLoop());
        this.inbox = new Inbox(channel);
        this.servers = new ServerReturn(building, pool);
        this.share = new HeldShare(building.clients().memory());
        this.watch = new Watch(this, loop::arm, building.clock());
        this.sinceNanos = guest.bornNanos();
        var traffic = new Traffic(pool.stats(), building.clock());
        this.relay = new Relay(
                this,
                channel,
                pool.behaviour().relay(),
                pool.cache(loop.index()),
                new Relay.Session(
                        guest.wanted(),
                        guest.told(),
                        () -> pool.behaviour().session().pinning(),
                        pool.stats().pins(),
                        traffic));
        this.idleFrames = new IdleFrames(
                relay.statements(), pool.behaviour().relay().mapStatements(), pool::shortcuts, relay::resetUnlinked);
    }

    /// The login is over: from here on the client is served.
    ///
    /// @param secretLength of the cancel key
    CancelKey begin(int secretLength) {
        var key = building.cancels().registry().issue(this::cancel, secretLength);
        cancelKey = key;
        building.clients().entered(this);
        watch.look();
        return key;
    }

    // ---- from the socket

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        var in = (ByteBuf) message;
        switch (state) {
            case IDLE -> idle(inbox.takeWith(in));
            case WAITING -> inbox.hold(in);
            case LINKED -> relay.fromClient(in);
            case CLOSING -> in.release();
        }
        accountHeld();
    }

    /// A message that passes holds nothing, so mostly there is nothing to say. Too much is refused where it grows.
    private void accountHeld() {
        boolean tooMuch = share.is(state == State.CLOSING ? 0 : inbox.size() + relay.heldBytes());
        if (state == State.WAITING) {
            if (tooMuch) {
                refuseWait(share.error());
            } else if (share.isTight()) {
                inbox.stopReading();
            }
        } else if (tooMuch && inbox.size() + relay.heldBytes() > MUCH) {
            relay.traffic().error(SqlState.OUT_OF_MEMORY);
            end(share.error().asFatal());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (state == State.LINKED) {
            relay.flushServer();
        } else {
            channel.flush();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        relay.clientWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        gone();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            var _ = channel.close();
            return;
        }
        LOG.atError()
                .setMessage("error while serving a client")
                .addKeyValue("client", guest.id())
                .addKeyValue("database", pool.database())
                .addKeyValue("user", pool.user())
                .setCause(cause)
                .log();
        broken(PgError.fatal(SqlState.INTERNAL_ERROR, "internal error of the pooler"));
    }

    // ---- idle

    /// Looks at what an idle client sends; takes over the buffer.
    private void idle(ByteBuf in) {
        var need = idleFrames.look(in, channel);
        switch (need) {
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
                closeAfterWrites();
            }
            case VIOLATION -> {
                var error = idleFrames.violation();
                in.release();
                end(error);
            }
        }
    }

    private void borrow(ByteBuf in) {
        switch (pool.pool().borrow(loop.index(), this)) {
            case Borrowed.Lent<ServerConnection>(var server) -> {
                state = State.LINKED;
                link(server, in);
                watch.busy();
                relay.fromClient(in);
            }
            case Borrowed.Waiting<ServerConnection>(var place) -> {
                state = State.WAITING;
                ticket = place;
                sinceNanos = building.clock().getAsLong();
                toldThatItWaits = false;
                inbox.hold(in);
                watch.busy();
            }
            case Borrowed.Refused<ServerConnection>(var error) -> refuse(error, in);
        }
    }

    @Override
    public void lent(ServerConnection server) {
        if (state != State.WAITING) {
            pool.pool().giveBack(server);
            return;
        }
        var place = ticket;
        ticket = null;
        if (straying && place != null) {
            // This one may have been on its way to an earlier wait.
            pool.pool().giveUp(place);
        }
        try {
            serveWith(server);
        } catch (RuntimeException bug) {
            // Whoever gave the server back is not to pay for it: his pipeline is below us on this stack.
            if (!server.equals(relay.server())) {
                server.close(CloseReason.INTERNAL);
            }
            channel.pipeline().fireExceptionCaught(bug);
        }
    }

    private void serveWith(ServerConnection server) {
        relay.traffic().waited(building.clock().getAsLong() - sinceNanos);
        state = State.LINKED;
        var in = inbox.take();
        link(server, in);
        watch.busy();
        if (in != null) {
            relay.fromClient(in);
        }
        if (state == State.LINKED) {
            relay.flushServer();
        }
        accountHeld();
    }

    private void link(ServerConnection server, @Nullable ByteBuf work) {
        var check = work == null ? null : idleFrames.unanswered(work);
        relay.link(server);
        var begin = idleFrames.begin().take();
        if (begin != null) {
            relay.open(begin);
        }
        if (check != null) {
            relay.record(check::remember, CheckQuery.MAX_ANSWER);
        }
    }

    @Override
    public void refused(PgError error) {
        if (state != State.WAITING) {
            return;
        }
        ticket = null;
        long now = building.clock().getAsLong();
        relay.traffic().waited(now - sinceNanos);
        sinceNanos = now;
        state = State.IDLE;
        var in = inbox.take();
        refuse(error, in == null ? channel.alloc().buffer(0) : in);
        channel.flush();
        watch.look();
        accountHeld();
    }

    private void refuse(PgError error, ByteBuf in) {
        relay.traffic().error(error.sqlState());
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
        state = State.IDLE;
        sinceNanos = relay.traffic().queryNanos();
        var rest = relay.takeRest();
        servers.giveBack(server, false);
        if (rest != null) {
            idle(inbox.takeWith(rest));
            if (state == State.LINKED) {
                relay.flushServer();
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
            LOG.atInfo()
                    .setMessage("a client's parameter changed")
                    .addKeyValue("client", guest.id())
                    .addKeyValue("database", pool.database())
                    .addKeyValue("user", pool.user())
                    .addKeyValue("reason", name + " is now " + value)
                    .log();
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
        closeAfterWrites();
    }

    @Override
    public void violated(PgError error) {
        relay.traffic().error(error.sqlState());
        end(error);
    }

    /// What was written is sent before the connection closes.
    private void closeAfterWrites() {
        become(State.CLOSING);
        Farewell.silently(channel);
    }

    /// In the middle of an answer an error would only be taken for a part of it.
    private void leave(PgError why, boolean midAnswer) {
        if (midAnswer) {
            closeAfterWrites();
        } else {
            become(State.CLOSING);
            Farewell.say(channel, why.asFatal());
        }
    }

    @Override
    public void broken(PgError error) {
        boolean midAnswer = relay.isMidAnswer();
        var server = relay.abandon();
        if (server != null) {
            server.close(CloseReason.PROTOCOL);
        }
        relay.traffic().error(error.sqlState());
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
            return;
        }
        boolean idle = state == State.IDLE
                && inbox.isEmpty()
                && !idleFrames.isMidMessage()
                && !idleFrames.begin().isOpen();
        boolean idleInSession = state == State.LINKED && relay.owesNothing() && !relay.isInTransaction();
        if (idle || idleInSession) {
            end(why);
        }
    }

    /// Ends the connection now, with a reason for the client; any thread.
    @Override
    public void end(PgError why) {
        loop.run(() -> {
            if (state != State.CLOSING) {
                boolean midAnswer = relay.isMidAnswer();
                leaveServer();
                leave(why, midAnswer);
            }
        });
    }

    private void gone() {
        watch.stop();
        leaveServer();
        become(State.CLOSING);
        var key = cancelKey;
        if (key != null) {
            cancelKey = null;
            building.cancels().registry().forget(key);
        }
        building.clients().left(this);
        relay.traffic().report();
        if (building.house().get().logDisconnections()) {
            LOG.atInfo()
                    .setMessage("client left")
                    .addKeyValue("client", guest.id())
                    .addKeyValue("database", pool.database())
                    .addKeyValue("user", pool.user())
                    .log();
        }
    }

    /// Gives the server back, or ends it when an answer or a message is under way: then PostgreSQL sees what it would
    /// see of a client that vanishes.
    private void leaveServer() {
        var place = ticket;
        if (place != null) {
            ticket = null;
            // If a server is on its way already, lent() gives it back.
            pool.pool().giveUp(place);
        }
        boolean clean = relay.owesNothing();
        boolean inTransaction = relay.isInTransaction();
        var doing = clean ? null : moment();
        var server = relay.abandon();
        if (server == null) {
            return;
        }
        if (clean) {
            servers.giveBack(server, inTransaction);
        } else {
            servers.abandon(server, doing == null ? null : timeouts().next(doing));
        }
    }

    private void become(State next) {
        state = next;
        if (next == State.CLOSING) {
            watch.stop();
            inbox.release();
            var _ = share.is(0);
        }
    }

    // ---- its time

    @Override
    public Timeouts timeouts() {
        return pool.behaviour().timeouts();
    }

    @Override
    public void timeoutsChanged() {
        loop.executor().execute(watch::look);
    }

    @Override
    public Timeouts.@Nullable Moment moment() {
        long transaction = relay.traffic().transactionNanos();
        return switch (state) {
            case CLOSING -> null;
            case IDLE ->
                idleFrames.begin().isOpen()
                        ? new Timeouts.Moment(Doing.IDLE_IN_TRANSACTION, sinceNanos, sinceNanos)
                        : new Timeouts.Moment(Doing.IDLE, sinceNanos, transaction);
            case WAITING -> toldThatItWaits ? null : new Timeouts.Moment(Doing.WAITING, sinceNanos, transaction);
            case LINKED -> {
                long query = relay.traffic().queryNanos();
                if (relay.isCancelled()) {
                    yield new Timeouts.Moment(Doing.CANCELLED, cancelledNanos, transaction);
                }
                if (relay.isAnswerOwed()) {
                    yield new Timeouts.Moment(Doing.QUERY, query, transaction);
                }
                boolean isIdle = relay.isSessionMode() && !relay.isInTransaction() && relay.owesNothing();
                yield new Timeouts.Moment(isIdle ? Doing.IDLE : Doing.IDLE_IN_TRANSACTION, query, transaction);
            }
        };
    }

    @Override
    public void expired(Timeouts.Limit limit) {
        switch (limit) {
            case NOTICE -> {
                toldThatItWaits = true;
                var out = channel.alloc().buffer(256);
                Overtime.notice(out);
                var _ = channel.writeAndFlush(out);
            }
            case IDLE, IDLE_IN_TRANSACTION, GRACE -> end(Overtime.error(limit));
            case TRANSACTION -> {
                if (relay.isAnswerOwed()) {
                    cancel(() -> {});
                }
                end(Overtime.error(limit));
            }
            case QUERY -> {
                var reason = Overtime.error(limit);
                relay.traffic().error(reason.sqlState());
                cancelledNanos = building.clock().getAsLong();
                relay.cancelled(reason);
                cancel(() -> {});
            }
        }
    }

    // ---- others ask

    private void cancel(Runnable ended) {
        loop.run(() -> {
            var server = relay.server();
            if (state == State.LINKED && server != null) {
                building.cancels().sender().cancel(server, loop, ended);
                return;
            }
            if (state == State.WAITING) {
                // What waits gets PostgreSQL's answer to a cancelled query, though no PostgreSQL has seen it.
                refuseWait(PgError.error(SqlState.QUERY_CANCELED, "canceling statement due to user request"));
            }
            ended.run();
        });
    }

    private void refuseWait(PgError error) {
        var place = ticket;
        straying |= place != null && !pool.pool().giveUp(place);
        refused(error);
    }

    @Override
    public boolean isOf(ClientPool other) {
        return pool.equals(other);
    }

    /// 0 idle, 1 active, 2 waiting; read without synchronization, for `SHOW`.
    @Override
    public int activity() {
        return switch (state) {
            case IDLE, CLOSING -> 0;
            case LINKED -> 1;
            case WAITING -> 2;
        };
    }

    @Override
    public ClientSnapshot snapshot() {
        var doing = switch (state) {
            case IDLE, CLOSING -> "idle";
            case LINKED -> relay.isPinned() && relay.owesNothing() && !relay.isInTransaction() ? "pinned" : "active";
            case WAITING -> "waiting";
        };
        var wait = state == State.LINKED ? (relay.owesNothing() ? "read" : "write") : "idle";
        return guest.snapshot(
                pool,
                relay.traffic(),
                new Guest.Doing(doing, wait),
                building.clock().getAsLong());
    }
}
