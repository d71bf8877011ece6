package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.server.ServerConnection;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.FrontendWriter;

/// Brings the parameters of a server in line with what its client wants, in the same write as the client's work.
/// Belongs to the event loop.
///
/// That work must not run when this is refused or cancelled: an error of the extended protocol makes PostgreSQL
/// skip queries too, up to a Sync, and the server ends before it gets more: what the client sends behind a Sync
/// waits until PostgreSQL took the parameters. The empty query commits, and has the new values reported before
/// the client's work may change them once more. Nothing in it can fail: PostgreSQL looks for no cancel there.
final class ParameterSync {
    private static final byte[] NOTHING = new byte[0];

    private final Relay relay;
    private final Ledger ledger;

    /// Whether something was reset, so that the server may have other parameters than the client wants.
    private boolean mayDiffer;

    /// Where PostgreSQL says that it took them.
    private long takenAt = ClientStatements.NEVER;

    ParameterSync(Relay relay) {
        this.relay = relay;
        this.ledger = relay.ledger();
    }

    /// The client reset something in its session.
    void mayDiffer() {
        mayDiffer = true;
    }

    /// After a RESET the client's own values go before its next message; a failed transaction would not take them.
    boolean isDue() {
        return mayDiffer
                && relay.status() != Backend.STATUS_FAILED
                && ledger.isEmpty()
                && !relay.outward().isMidMessage()
                && !relay.outward().isSkipping();
    }

    /// Whether the client's next message would run even if PostgreSQL refuses the parameters.
    boolean isAwaited() {
        return ledger.isOwed(takenAt) && ledger.owesSync();
    }

    void run(ServerConnection held) {
        mayDiffer = false;
        var wanted = relay.parameters().wanted();
        boolean syncs = relay.syncsParameters() || held.parameters().hasUnknown();
        if (!syncs || held.parameters().equals(wanted)) {
            return;
        }
        byte[] sql = wanted.sqlFrom(held.parameters());
        var out = relay.toServer().space(sql.length + 64);
        FrontendWriter.runUnnamed(out, sql);
        FrontendWriter.query(out, NOTHING);
        ledger.swallow(Ledger.PARSE, Note.SYNC);
        ledger.swallow(Ledger.BIND, Note.SYNC);
        ledger.swallow(Ledger.EXECUTE, Note.SYNC);
        takenAt = ledger.place();
        ledger.swallow(Ledger.QUERY, Note.SYNC);
        held.setParameters(wanted);
    }
}
