package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.pool.Borrowed;
import io.pgdoorman.pooler.pool.Borrower;
import io.pgdoorman.pooler.pool.Pool;
import io.pgdoorman.pooler.pool.Ticket;
import io.pgdoorman.pooler.server.CancelSender;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import org.jspecify.annotations.Nullable;

/// A client's way to a server and back: it asks for one, has a place among those who wait, is linked with what came,
/// and gives it back, or leaves it in the middle of something. One object for all leases of a client, as they are
/// never two at once. Belongs to the client's event loop.
final class Lease implements Borrower<ServerConnection> {
    private final ClientConnection client;
    private final ServerReturn way;
    private @Nullable Ticket<ServerConnection> ticket;

    /// Of the last wait, for the next.
    private @Nullable Ticket<ServerConnection> used;

    /// A server was on its way when its wait was given up: it may come during another.
    private boolean straying;

    /// @param way of servers back to their pool
    Lease(ClientConnection client, ServerReturn way) {
        this.client = client;
        this.way = way;
    }

    private Pool<ServerConnection> pool() {
        return client.pool().pool();
    }

    // ---- to a server

    /// Asks for a server for this work; takes over the buffer.
    void ask(ByteBuf work) {
        switch (pool().borrow(client.loop().index(), this, used)) {
            case Borrowed.Lent<ServerConnection>(var server) -> {
                ClientEvents.lent(client, server, 0);
                link(server, work);
                client.side().linked().fromClient(work);
            }
            case Borrowed.Waiting<ServerConnection>(var place) -> {
                ticket = place;
                used = null;
                client.become(ClientState.WAITING);
                client.time().waits();
                client.inbox().hold(work);
                client.watch().busy();
            }
            case Borrowed.Refused<ServerConnection>(var error) -> client.refuse(error, work);
        }
    }

    @Override
    public void lent(ServerConnection server) {
        if (client.state() != ClientState.WAITING) {
            pool().giveBack(server);
            return;
        }
        var place = ticket;
        ticket = null;
        if (straying && place != null) {
            // This one may have been on its way to an earlier wait.
            pool().giveUp(place);
        } else {
            used = place;
        }
        try {
            serveWith(server);
        } catch (RuntimeException | Error bug) {
            // Whoever gave the server back is not to pay for it: his pipeline is below us on this stack.
            client.failed(bug);
        }
    }

    private void serveWith(ServerConnection server) {
        long waited = client.time().waited();
        client.side().traffic().waited(waited);
        ClientEvents.lent(client, server, waited);
        var work = client.inbox().take();
        link(server, work);
        if (work != null) {
            client.side().linked().fromClient(work);
        }
        if (client.state() == ClientState.LINKED) {
            client.side().linked().flushServer();
        }
        client.accountHeld();
    }

    @Override
    public void refused(PgError error) {
        if (client.state() != ClientState.WAITING) {
            return;
        }
        ticket = null;
        client.side().traffic().waited(client.time().waited());
        client.time().idlesSince(client.now());
        client.become(ClientState.IDLE);
        var work = client.inbox().take();
        client.refuse(error, work == null ? client.line().allocator().buffer(0) : work);
        client.line().flush();
        client.watch().look();
        client.accountHeld();
    }

    /// The client's from now on, or nobody's.
    private void link(ServerConnection server, @Nullable ByteBuf work) {
        client.become(ClientState.LINKED);
        try {
            prepare(server, work);
        } catch (RuntimeException | Error bug) {
            if (!server.equals(client.side().server())) {
                server.close(CloseReason.INTERNAL);
            }
            if (work != null) {
                work.release();
            }
            throw bug;
        }
        client.watch().busy();
    }

    private void prepare(ServerConnection server, @Nullable ByteBuf work) {
        var frames = client.idleFrames();
        var check = work == null ? null : frames.unanswered(work);
        var relay = client.side().relay();
        relay.link(server);
        client.line().boundUnsent();
        var begin = frames.begin().take();
        if (begin != null) {
            relay.open(begin);
        }
        if (check != null) {
            client.pool().stats().checkForwarded();
            relay.record(check::remember, CheckQuery.MAX_ANSWER);
        }
    }

    // ---- and back

    /// The client does not wait any more.
    private void giveUp() {
        var place = ticket;
        if (place != null) {
            ticket = null;
            straying |= !pool().giveUp(place);
        }
    }

    /// The client does not wait any more, and gets this error for what it waited for.
    void giveUp(PgError error) {
        giveUp();
        refused(error);
    }

    /// The transaction is over, and the relay has let go of the server.
    void ended(ServerConnection server) {
        ClientEvents.returned(client, server, false);
        way.giveBack(server, false);
    }

    /// Gives the server back, or ends it when an answer or a message is under way: then PostgreSQL sees what it would
    /// see of a client that vanishes.
    void leave() {
        giveUp(); // if a server is on its way already, lent() gives it back
        var side = client.side();
        boolean clean = side.owesNothing();
        boolean inTransaction = side.isInTransaction();
        var doing = clean ? null : client.time().moment();
        var server = side.abandon();
        if (server == null) {
            return;
        }
        ClientEvents.returned(client, server, !clean);
        if (clean) {
            way.giveBack(server, inTransaction);
        } else {
            way.abandon(server, doing == null ? null : client.time().timeouts().next(doing));
        }
    }

    /// Nobody knows what the server would say next: it ends at once.
    void breakOff() {
        var server = client.side().abandon();
        if (server != null) {
            ClientEvents.returned(client, server, true);
            server.close(CloseReason.PROTOCOL);
        }
    }

    // ---- somebody wants the query cancelled

    /// @param ended called once the request can hit no later query any more
    void cancel(CancelSender sender, Runnable ended) {
        var server = client.side().server();
        if (client.state() == ClientState.LINKED && server != null) {
            var stats = client.pool().stats();
            stats.cancelBegan();
            sender.cancel(server, client.loop(), () -> {
                stats.cancelEnded();
                ended.run();
            });
            return;
        }
        if (client.state() == ClientState.WAITING) {
            // What waits gets PostgreSQL's answer to a cancelled query, though no PostgreSQL has seen it.
            giveUp(PgError.error(SqlState.QUERY_CANCELED, "canceling statement due to user request"));
        }
        ended.run();
    }
}
