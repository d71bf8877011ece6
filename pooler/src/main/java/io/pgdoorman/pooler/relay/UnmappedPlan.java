package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.wire.CString;
import org.jspecify.annotations.Nullable;

/// Plans the messages that name prepared statements where the names are the server's own: they go on as they are, and
/// what their texts may leave behind is noted. Where names are shared, that is [StatementPlan]'s. Belongs to the event
/// loop.
final class UnmappedPlan {
    private final Relay relay;
    private final Ledger ledger;
    private final Frame frame;

    /// What is known of the texts of the unnamed statement and the unnamed portal.
    private @Nullable Note unnamedStatement;

    private @Nullable Note unnamedPortal;

    UnmappedPlan(Relay relay, Frame frame) {
        this.relay = relay;
        this.ledger = relay.ledger();
        this.frame = frame;
    }

    /// Whose lease begins has nothing to do with whose the last one was.
    void startOver() {
        unnamedStatement = null;
        unnamedPortal = null;
    }

    /// When the statement is executed, and how often, is not looked at.
    ///
    /// @return that it was planned
    boolean parse() {
        int body = frame.body();
        int nul = frame.isWhole() ? CString.end(frame.in(), body, frame.stop()) : -1;
        boolean isUnnamed = frame.there() > Frame.HEADER && frame.in().getByte(body) == 0;
        int found = frame.leaves(nul < 0 ? body : nul + 1);
        var server = relay.held();
        server.dirt().addLasting((found & Dirt.ALL) | (isUnnamed ? Dirt.NONE : Dirt.STATEMENTS));
        if (isUnnamed) {
            unnamedStatement = nul < 0 ? null : Note.ofText(found, frame.in(), nul + 1, frame.stop());
            server.unnamedStatementLeft(true);
        }
        ledger.forward(Ledger.PARSE, null);
        return true;
    }

    /// @return that it was planned
    boolean bind() {
        boolean isUnnamed = frame.there() > Frame.HEADER + 1 && frame.in().getShort(frame.body()) == 0;
        unnamedPortal = isUnnamed ? unnamedStatement : null;
        ledger.forward(Ledger.BIND, null);
        return true;
    }

    void execute() {
        boolean isUnnamed = frame.there() > Frame.HEADER && frame.in().getByte(frame.body()) == 0;
        ledger.forward(Ledger.EXECUTE, isUnnamed ? unnamedPortal : null);
    }
}
