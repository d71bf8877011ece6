package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.nio.charset.StandardCharsets;

/// COPY IN of one client: what its Syncs are worth while it runs. Belongs to the event loop.
///
/// PostgreSQL ignores Flush and Sync in COPY IN (PostgreSQL manual, "COPY Operations"), but answers a Sync that it
/// reads after the COPY failed, and nothing in what it says tells the two apart. So what follows such a Sync waits
/// until the COPY ended, and when it failed PostgreSQL is asked something of our own: each ReadyForQuery before the
/// answer to that is the client's. Who sends no Sync between its data and CopyDone never meets this. Who goes on with
/// other messages and no CopyDone has them sent, as PostgreSQL either failed the COPY before or ends the session.
final class CopyIn {
    /// To close what is not there is no error, and changes nothing even in a failed transaction.
    private static final byte[] NOBODYS = "DOORMAN_none".getBytes(StandardCharsets.US_ASCII);

    private final Relay relay;
    private final Ledger ledger;

    /// PostgreSQL waits for data, and the client has not said that there are no more.
    private boolean runs;

    /// Data were sent since the last message that PostgreSQL answers.
    private boolean sawData;

    /// A Sync came behind data.
    private boolean sawSync;

    /// The client's Syncs that PostgreSQL ignored if the COPY had not failed before.
    private int doubtful;

    /// A message that belongs to no COPY came while it ran: it is read after the COPY failed, or ends the session.
    private boolean overrun;

    /// Of the client's Syncs before that message, those that PostgreSQL may still answer, now that the COPY failed.
    private int unsettled;

    /// The failed COPY was a simple query's, whose own ReadyForQuery comes first.
    private boolean owesReady;

    /// What the client sends waits until the entry at this place is answered.
    private long awaited = ClientStatements.NEVER;

    private boolean mustFlush;

    CopyIn(Relay relay) {
        this.relay = relay;
        this.ledger = relay.ledger();
    }

    /// Whether the client's Sync counts for nothing.
    boolean runs() {
        return runs;
    }

    /// Whether the client's next message depends on how the COPY ends.
    boolean isAwaited() {
        return ledger.isOwed(awaited);
    }

    // ---- what the client sends

    void data() {
        sawData = true;
    }

    /// A message that may begin a COPY.
    void mayBegin() {
        sawData = false;
        sawSync = false;
    }

    void sync() {
        sawSync |= sawData;
        if (runs) {
            doubtful++;
        } else {
            ledger.forward(Ledger.SYNC, null);
        }
    }

    /// A message that PostgreSQL does not take in COPY IN, while it runs as far as we know.
    void overruns() {
        runs = false;
        overrun = true;
    }

    /// CopyDone or CopyFail.
    void ends() {
        long place = ledger.place();
        if (runs) {
            runs = false;
            place = ledger.headPlace();
        } else if (!ledger.isEmpty()) {
            ledger.forward(Ledger.COPY_END, null);
        }
        if (sawSync && !ledger.isEmpty()) {
            awaited = place;
            sawSync = false;
            mustFlush = true;
        }
    }

    /// Whether PostgreSQL has to be asked to say how the COPY ended; told once.
    boolean takeFlush() {
        boolean must = mustFlush;
        mustFlush = false;
        return must;
    }

    // ---- what PostgreSQL says

    void begins() {
        var start = ledger.beginCopyIn();
        runs = !start.ended() && !start.overrun();
        overrun = start.overrun();
        doubtful = start.ignored();
    }

    void completed() {
        runs = false;
        overrun = false;
        doubtful = 0;
    }

    /// The COPY failed, if there is one.
    ///
    /// @param simple whether it is of a simple query
    /// @return whether it is in doubt how many of the client's Syncs are answered
    boolean failed(boolean simple) {
        boolean is = doubtful > 0 && ledger.owesOnlySyncsBehindHead();
        unsettled = overrun ? doubtful : 0;
        owesReady = simple;
        completed();
        return is;
    }

    /// Whether PostgreSQL failed the COPY before it read a message that belongs to none, and so may answer Syncs that
    /// were taken for ignored: each ReadyForQuery before the first answer to that message is such a Sync's.
    boolean isUnsettled() {
        return unsettled > 0;
    }

    /// PostgreSQL answered a message behind the COPY.
    void settled() {
        unsettled = 0;
    }

    /// ReadyForQuery.
    ///
    /// @return whether it is of a Sync that was taken for ignored
    boolean takesReady() {
        if (owesReady || unsettled == 0) {
            owesReady = false;
            return false;
        }
        unsettled--;
        return true;
    }

    /// Asks for an answer that tells which ReadyForQuery was the last of the client's.
    ///
    /// @param skipping whether PostgreSQL skips everything up to a Sync
    void ask(boolean skipping) {
        var out = relay.toServer();
        if (skipping) {
            FrontendWriter.bare(out.space(5), Frontend.SYNC);
            ledger.swallow(Ledger.SYNC, null);
        }
        awaited = ledger.place();
        FrontendWriter.closeStatement(out.space(32), NOBODYS);
        FrontendWriter.bare(out.space(5), Frontend.FLUSH);
        ledger.forward(Ledger.MARK, null);
        out.flush();
    }
}
