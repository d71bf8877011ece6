package io.pgdoorman.pooler.client;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.pool.Borrowed;
import io.pgdoorman.pooler.pool.Borrower;
import io.pgdoorman.pooler.pool.Ticket;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerListener;
import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.wire.PgError;
import org.jspecify.annotations.Nullable;

/// A client of a simulation: asks, cancels, and vanishes.
final class CancellingClient implements Borrower<ServerConnection>, ServerListener {
    private final CancelSimulation story;
    private @Nullable ServerConnection server;
    private @Nullable Ticket<ServerConnection> ticket;
    private boolean asks;
    private boolean inTransaction;
    private boolean gone;

    CancellingClient(CancelSimulation story) {
        this.story = story;
    }

    boolean isGone() {
        return gone;
    }

    boolean isIdle() {
        return server == null && ticket == null;
    }

    void acts() {
        var mine = server;
        if (ticket != null) {
            if (story.chance(5)) {
                vanishes();
            }
        } else if (mine == null) {
            borrows();
        } else if (story.chance(30)) {
            cancels(mine);
        } else if (story.chance(10)) {
            vanishes();
        } else if (!asks) {
            asks(mine);
        }
    }

    void endsTransaction() {
        var mine = server;
        if (mine != null && !asks) {
            asks = true;
            story.backend(mine).asks(this, false);
        }
    }

    private void borrows() {
        switch (story.pool().borrow(0, this)) {
            case Borrowed.Lent<ServerConnection>(var lent) -> takes(lent);
            case Borrowed.Waiting<ServerConnection>(var place) -> ticket = place;
            case Borrowed.Refused<ServerConnection> _ -> {}
        }
    }

    private void takes(ServerConnection lent) {
        story.leases++;
        lent.attach(this);
        server = lent;
        asks(lent);
    }

    private void asks(ServerConnection mine) {
        asks = true;
        story.backend(mine).asks(this, story.chance(30));
    }

    /// As a client's cancel key asks for.
    private void cancels(ServerConnection mine) {
        story.asking = this;
        story.sender().cancel(mine, story.backend(mine).loop(), () -> {});
        story.asking = null;
    }

    private void vanishes() {
        gone = true;
        var place = ticket;
        if (place != null) {
            ticket = null;
            var _ = story.pool().giveUp(place);
        }
        var mine = server;
        if (mine == null) {
            return;
        }
        server = null;
        mine.detach(this);
        if (asks) {
            story.backend(mine).isAbandoned();
            story.servers().abandon(mine, null);
        } else {
            story.backend(mine).letsGo();
            story.servers().giveBack(mine, inTransaction);
        }
    }

    // ---- from the pool

    @Override
    public void lent(ServerConnection lent) {
        ticket = null;
        if (gone) {
            story.pool().giveBack(lent);
        } else {
            takes(lent);
        }
    }

    @Override
    public void refused(PgError error) {
        ticket = null;
    }

    // ---- from PostgreSQL

    @Override
    public void fromServer(ByteBuf chunk) {
        boolean isReady = chunk.getByte(0) == 'Z';
        byte status = chunk.getByte(chunk.writerIndex() - 1);
        chunk.release();
        var mine = server;
        if (!isReady || mine == null) {
            return;
        }
        asks = false;
        inTransaction = status == 'T';
        if (inTransaction) {
            return;
        }
        server = null;
        mine.detach(this);
        story.backend(mine).letsGo();
        if (story.chance(20)) {
            mine.dirt().addLasting(Dirt.TEMP);
        }
        story.servers().giveBack(mine, false);
    }

    @Override
    public void serverReadComplete() {}

    @Override
    public void serverWritabilityChanged() {}

    @Override
    public void serverClosed(CloseReason reason) {
        server = null;
        asks = false;
        inTransaction = false;
    }

    @Override
    public String toString() {
        return (ticket != null ? "waits" : server == null ? "idle" : asks ? "asks" : "in transaction")
                + (gone ? ", gone" : "");
    }
}
