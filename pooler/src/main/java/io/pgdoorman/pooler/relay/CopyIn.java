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
/// answer to that is the client's. Who sends no Sync between its data and CopyDone never meets this.
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
        int before = ledger.size();
        runs = !ledger.beginCopyIn();
        doubtful = before - ledger.size() - (runs ? 0 : 1);
    }

    void completed() {
        runs = false;
        doubtful = 0;
    }

    /// The COPY failed.
    ///
    /// @return whether it is in doubt how many of the client's Syncs are answered
    boolean failed() {
        boolean is = doubtful > 0 && ledger.owesOnlySyncsBehindHead();
        completed();
        return is;
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
