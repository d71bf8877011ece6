package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.server.CloseReason;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.server.ServerListener;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Carries bytes between one client and the server it holds: [Outward] plans what goes to PostgreSQL,
/// [Homeward] reads its answers against the ledger. When the lease is over it is the next client's. Belongs to the
/// event loop of both.
public final class Relay implements ServerListener {
    private final RelayShelf shelf;
    private final RelaySettings settings;
    private final Outbox toServer;
    private final ClientSink clientSink;
    private final Outbox toClient;
    private final Ledger ledger = new Ledger();
    private final Replay replay = new Replay(this);
    private final CopyIn copyIn = new CopyIn(this);
    private final Undo undo;
    private final Outward outward;
    private final Homeward homeward;
    private final ParameterSync parameterSync;
    private final Pin pin;

    private @Nullable ClientSide client;
    private @Nullable ServerConnection server;
    private byte status = Backend.STATUS_IDLE;
    private boolean clientEnded;
    private @Nullable PgError violation;
    private @Nullable PgError cancelReason;

    /// How often the stack of calls comes through here: a lease may end, and the client's next one begin, deep inside.
    private int inside;

    /// Something may be left of a lease that did not end well.
    private boolean spoiled;

    Relay(RelayShelf shelf, RelaySettings settings, Pin pin, ByteBufAllocator allocator) {
        this.shelf = shelf;
        this.settings = settings;
        this.pin = pin;
        this.undo = new Undo(this);
        this.toServer = new Outbox(new ServerSink(this), allocator);
        this.clientSink = new ClientSink(this);
        this.toClient = new Outbox(clientSink, allocator);
        this.outward = new Outward(this, shelf.cache(), settings.mapStatements());
        this.homeward = new Homeward(this);
        this.parameterSync = new ParameterSync(this);
    }

    // ---- whose it is

    /// The next leases are this client's.
    void serve(ClientSide side) {
        client = side;
        status = Backend.STATUS_IDLE;
        cancelReason = null;
        copyIn.startOver();
        outward.startOver(side.scope());
    }

    ClientSide client() {
        var served = client;
        if (served == null) {
            throw new IllegalStateException("no client is served");
        }
        return served;
    }

    /// The last call on the stack is through: without a server the client needs no relay.
    private void comesOut() {
        inside--;
        var served = client;
        if (inside > 0 || server != null || served == null) {
            return;
        }
        if (spoiled || clientEnded || homeward.isFarewellTold() || ledger.isLarge() || outward.heldBytes() > 0) {
            return;
        }
        client = null;
        served.relayLeft();
        shelf.put(this);
    }

    // ---- for the client connection

    /// Takes hold of a server; if its session differs from what the client wants, the difference goes first, in
    /// the same write as the client's own work.
    public void link(ServerConnection lent) {
        lent.attach(this);
        server = lent;
        status = Backend.STATUS_IDLE;
        traffic().leaseBegan();
        outward.noneIsPrepared();
        homeward.leaseBegan();
        if (settings.mapStatements()) {
            replay.begin(lent.replayBuffer());
        }
        if (lent.hasUnnamedStatement()) {
            lent.unnamedStatementLeft(false);
            FrontendWriter.closeStatement(toServer.space(16), new byte[0]);
            ledger.swallow(Ledger.CLOSE, null);
        }
        parameterSync.run(lent);
        applyBackpressure(lent);
    }

    /// Begins the transaction that the client believes to be in, before its next message and in the same write.
    public void open(byte[] begin) {
        FrontendWriter.query(toServer.space(begin.length + 6), begin);
        ledger.swallow(Ledger.QUERY, Note.BEGIN);
        outward.begun();
    }

    /// Keeps a copy of what the client hears until the lease ends, and gives it away then.
    ///
    /// @param limit when it would be longer, nothing is given
    public void record(Consumer<byte[]> listener, int limit) {
        clientSink.record(new Recording(listener, limit));
    }

    public boolean isLinked() {
        return server != null;
    }

    public @Nullable ServerConnection server() {
        return server;
    }

    RelaySettings settings() {
        return settings;
    }

    /// Bytes of the client while it holds a server; they are the relay's to release.
    public void fromClient(ByteBuf chunk) {
        var held = server;
        if (held == null) {
            chunk.release();
            throw new IllegalStateException("no server is held");
        }
        inside++;
        traffic().received(chunk.readableBytes());
        if (parameterSync.isDue()) {
            parameterSync.run(held);
        }
        outward.feed(chunk);
        var still = server;
        if (still != null) {
            applyBackpressure(still);
            if (homeward.isAtBoundary()) {
                // PostgreSQL was ready before: what came now is the rest of a message that counts for nothing.
                endLeaseIfDone();
            }
        }
        comesOut();
    }

    /// What the client sent was all that its socket had.
    public void flushServer() {
        toServer.flush();
    }

    /// Bytes that [#fromClient] kept because their message is not complete, or null; they become the caller's.
    public @Nullable ByteBuf takeRest() {
        return outward.takeRest();
    }

    /// Whether a message of PostgreSQL's is half told, so that nothing else can be said to the client.
    public boolean isMidAnswer() {
        return homeward.isMidAnswer();
    }

    public boolean owesNothing() {
        return ledger.isEmpty() && !outward.isMidMessage() && !outward.isSkipping();
    }

    /// Bytes of the client that cannot go on, as their message is not whole.
    public int heldBytes() {
        return outward.heldBytes();
    }

    /// Whether the server stays with the client for what is left in its session.
    public boolean isPinned() {
        return pin.isHeld();
    }

    Pin pin() {
        return pin;
    }

    boolean isSessionMode() {
        return settings.sessionMode();
    }

    /// Whether PostgreSQL would roll something back if the client left now: in a transaction block, or in the
    /// implicit transaction of a batch whose Sync has not come.
    public boolean isInTransaction() {
        return status != Backend.STATUS_IDLE || ledger.isUnsynced();
    }

    /// PostgreSQL was ready for what we asked on our own.
    void readyUnheard(byte now) {
        status = now;
        held().dirt().ready(now == Backend.STATUS_IDLE);
    }

    /// Lets go of the server without a word to anybody; it is the caller's then.
    @Nullable
    ServerConnection abandon() {
        spoiled = true;
        var held = server;
        clientSink.forgetRecording();
        toServer.discard();
        toClient.discard();
        outward.close();
        homeward.close();
        ledger.clear();
        cancelReason = null;
        pin.release();
        if (held != null) {
            backpressure().release(held);
            server = null;
            held.detach(this);
        }
        return held;
    }

    ClientStatements statements() {
        return client().statements();
    }

    Traffic traffic() {
        return client().traffic();
    }

    // ---- for the two directions

    Outbox toServer() {
        return toServer;
    }

    Outbox toClient() {
        return toClient;
    }

    Ledger ledger() {
        return ledger;
    }

    CopyIn copyIn() {
        return copyIn;
    }

    Undo undo() {
        return undo;
    }

    Outward outward() {
        return outward;
    }

    Homeward homeward() {
        return homeward;
    }

    RelayOwner owner() {
        return client().owner();
    }

    /// Whether the settings that PostgreSQL reports follow the client, so that they are no dirt.
    boolean syncsParameters() {
        return settings.syncParameters();
    }

    byte status() {
        return status;
    }

    ServerConnection held() {
        var held = server;
        if (held == null) {
            throw new IllegalStateException("no server is held");
        }
        return held;
    }

    ClientParameters parameters() {
        return client().parameters();
    }

    void failed() {
        held().dirt().rolledBack();
        parameters().failed();
    }

    /// The client said Terminate or broke the protocol. As PostgreSQL does, what it asked before is answered
    /// first; only a COPY that waits for its data never ends.
    void clientEnded(@Nullable PgError broken) {
        clientEnded = true;
        violation = broken;
        endIfClientEnded();
    }

    /// Ends the client once it said its last word and got its last answer.
    ///
    /// @return whether it did
    boolean endIfClientEnded() {
        if (!clientEnded || (ledger.owesReady() && !copyIn.runs())) {
            return false;
        }
        if (ledger.owesNoAnswer()) {
            ledger.clear(); // a Close, or a Parse of what is known, that no Sync followed: the server heard of neither
        }
        toServer.flush();
        toClient.flush();
        var error = violation;
        if (error == null) {
            owner().terminated();
        } else {
            owner().violated(error);
        }
        return true;
    }

    void ready(byte now) {
        status = now;
        held().dirt().ready(now == Backend.STATUS_IDLE);
        cancelReason = null;
        traffic().queryEnded();
        held().counters().queryEnded();
        if (now == Backend.STATUS_IDLE) {
            traffic().transactionEnded();
            held().counters().transactionEnded();
        }
        if (ledger.isEmpty()) {
            outward.settled(now == Backend.STATUS_IDLE);
        } else {
            statements().answered(ledger.headPlace());
        }
    }

    Replay replay() {
        return replay;
    }

    ParameterSync parameterSync() {
        return parameterSync;
    }

    /// Whether all that the client sent in this lease is one batch, and nothing came of it yet.
    boolean isFirstBatch() {
        return status == Backend.STATUS_IDLE
                && (ledger.isOneBatch() || !ledger.owesReady())
                && !clientEnded
                && !outward.isWaiting()
                && !outward.isMidMessage();
    }

    /// PostgreSQL answered something: what had to wait for that goes on.
    void resume() {
        if (server != null && replay.isDue() && ledger.isEmpty()) {
            outward.replay();
            toServer.flush();
        }
        if (server != null && outward.isWaiting()) {
            outward.resume();
            toServer.flush();
        }
    }

    /// The query that runs is cancelled for this reason: if PostgreSQL then says so, the client is told it
    /// instead.
    public void cancelled(PgError reason) {
        cancelReason = reason;
    }

    public boolean isCancelled() {
        return cancelReason != null;
    }

    @Nullable
    PgError cancelReason() {
        return cancelReason;
    }

    /// Whether PostgreSQL owes an answer.
    public boolean isAnswerOwed() {
        return !ledger.isEmpty();
    }

    /// Ends the lease if the transaction is over, nothing is owed, and no message is half sent.
    void endLeaseIfDone() {
        if (status != Backend.STATUS_IDLE || !owesNothing()) {
            return;
        }
        var held = held();
        if (clientSink.isRecording()) {
            toClient.send();
            clientSink.endRecording();
        }
        if (settings.sessionMode()) {
            if (!outward.isWaiting()) {
                owner().boundary();
            }
            return;
        }
        if (pin.isToAsk()) {
            byte[] sql = pin.question();
            FrontendWriter.query(toServer.space(sql.length + 6), sql);
            ledger.swallow(Ledger.QUERY, Note.CHANNELS);
            toServer.flush();
            return;
        }
        if (pin.holds(held.dirt().bits())) {
            if (!outward.isWaiting()) {
                owner().boundary();
            }
            return;
        }
        toServer.flush();
        backpressure().release(held);
        server = null;
        homeward.leaseEnded();
        held.detach(this);
        toClient.flush();
        backpressure().apply(null, 0);
        owner().leaseEnded(held);
    }

    private Backpressure backpressure() {
        return client().backpressure();
    }

    void applyBackpressure() {
        applyBackpressure(server);
    }

    private void applyBackpressure(@Nullable ServerConnection of) {
        backpressure().apply(of, outward.isFull() ? Backpressure.MAX_OWED : ledger.size());
    }

    // ---- from the server

    @Override
    public void fromServer(ByteBuf chunk) {
        inside++;
        traffic().sent(chunk.readableBytes());
        try {
            homeward.feed(chunk);
        } catch (ProtocolException broken) {
            owner().broken(broken.error());
        }
        comesOut();
    }

    @Override
    public void serverReadComplete() {
        toClient.flush();
        var held = server;
        if (held != null) {
            applyBackpressure(held);
        }
    }

    @Override
    public void serverWritabilityChanged() {
        applyBackpressure(server);
    }

    @Override
    public void serverClosed(CloseReason reason) {
        spoiled = true;
        server = null;
        pin.release();
        toServer.discard();
        toClient.flush();
        owner().serverLost(homeward.isFarewellTold());
    }
}
