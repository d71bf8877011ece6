package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import org.jspecify.annotations.Nullable;

/// COPY IN of one client: what its Syncs are worth while it runs. Belongs to the event loop.
///
/// PostgreSQL ignores Flush and Sync in COPY IN (PostgreSQL manual, "COPY Operations"), but answers a Sync that
/// it reads after the COPY failed, and nothing in what it says tells the two apart. So what follows such a Sync
/// waits until the COPY ended, and when it failed PostgreSQL is asked something of our own: each ReadyForQuery
/// before the answer to that is the client's. Who sends no Sync between its data and CopyDone never meets this.
/// For who goes on with other messages and no CopyDone, a CopyFail of ours ends the COPY: PostgreSQL drops it
/// when that failed before, and when not, the client broke the protocol.
final class CopyIn {
    private static final String OVERRUN = "pooler: another message than CopyData or CopyDone";

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

    /// Where the last message stands that may have begun a COPY.
    private long mayBeginAt = ClientStatements.NEVER;

    /// The message that ended the COPY and belongs to none.
    private byte overrunBy;

    /// What the client sends waits until the entry at this place is answered.
    private long awaited = ClientStatements.NEVER;

    private boolean mustFlush;

    CopyIn(Relay relay) {
        this.relay = relay;
        this.ledger = relay.ledger();
    }

    /// Whose lease begins has nothing to do with whose the last one was.
    void startOver() {
        runs = false;
        sawData = false;
        sawSync = false;
        doubtful = 0;
        overrunBy = 0;
        mustFlush = false;
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
        overrunBy = 0;
        sawData = false;
        sawSync = false;
        mayBeginAt = ledger.place();
    }

    /// Whether a message that belongs to no COPY means that one is over, or never was.
    boolean isToOverrun() {
        return runs || sawSync;
    }

    void sync() {
        sawSync |= sawData;
        if (runs) {
            doubtful++;
        } else {
            ledger.forward(Ledger.SYNC, null);
        }
    }

    /// A message that PostgreSQL does not take in COPY IN. If Syncs are in doubt it waits until that is over.
    void overruns(byte tag) {
        boolean isInDoubt = runs ? doubtful > 0 : sawSync && ledger.isOwed(mayBeginAt);
        if (!isInDoubt) {
            runs = false;
            sawSync = false;
            return;
        }
        overrunBy = tag;
        FrontendWriter.copyFail(relay.toServer().space(64), OVERRUN);
        sawSync = true;
        ends();
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
        doubtful = start.ignored();
    }

    void completed() {
        runs = false;
        doubtful = 0;
    }

    /// The COPY failed, if there is one.
    ///
    /// @return whether it is in doubt how many of the client's Syncs are answered
    boolean failed() {
        boolean is = doubtful > 0 && ledger.owesOnlySyncsBehindHead();
        completed();
        return is;
    }

    /// How the client broke the protocol, if this is the error that tells of it; else null.
    @Nullable
    PgError violation(String message) {
        return overrunBy != 0 && message.contains(OVERRUN)
                ? PgError.fatal(
                        SqlState.PROTOCOL_VIOLATION,
                        "unexpected message type 0x%02X during COPY from stdin".formatted(overrunBy))
                : null;
    }

    /// Asks for an answer that tells which ReadyForQuery was the last of the client's.
    ///
    /// @param skipping whether PostgreSQL skips everything up to a Sync
    void ask(boolean skipping) {
        if (skipping) {
            ledger.swallow(Ledger.SYNC, null);
        }
        awaited = ledger.place();
        ledger.forward(Ledger.MARK, null);
        relay.outward().sendBehind(out -> {
            if (skipping) {
                FrontendWriter.bare(out, Frontend.SYNC);
            }
            // To close what is not there is no error, and changes nothing even in a failed transaction.
            FrontendWriter.closeStatement(out, StatementCache.NOBODYS);
            FrontendWriter.bare(out, Frontend.FLUSH);
        });
    }
}
