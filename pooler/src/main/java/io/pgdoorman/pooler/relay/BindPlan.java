package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.ProtocolException;
import org.jspecify.annotations.Nullable;

/// Plans Binds for [StatementPlan]: the server gets the statement that it lacks, and the Bind its name there. Belongs
/// to the event loop.
final class BindPlan {
    private final Relay relay;
    private final Ledger ledger;
    private final Outbox out;
    private final StatementPlan plan;
    private final Frame frame;
    private final Supply supply;
    private final ResultCheck results;

    BindPlan(Relay relay, StatementPlan plan, Frame frame, Supply supply) {
        this.relay = relay;
        this.ledger = relay.ledger();
        this.out = relay.toServer();
        this.plan = plan;
        this.frame = frame;
        this.supply = supply;
        this.results = new ResultCheck(relay, frame, supply);
    }

    /// No Bind waits.
    void startOver() {
        results.startOver();
    }

    /// The statement that the server was asked about in place of this one, or null.
    @Nullable
    Statement askedInPlaceOf(Statement of) {
        return results.askedInPlaceOf(of);
    }

    boolean bind() throws ProtocolException {
        int body = frame.body();
        int portal = frame.stringEnd(body);
        int nul = portal < 0 ? -1 : frame.stringEnd(portal + 1);
        if ((nul < 0 ? frame.thereOf() : Math.min(nul, frame.thereOf())) - frame.at() >= StatementPlan.MAX_NAMES) {
            throw StatementPlan.tooLongNames("Bind");
        }
        if (nul < 0 || nul >= frame.at() + frame.total()) {
            if (portal == body) {
                plan.portals().bound(portal, null);
            }
            ledger.forward(Ledger.BIND, null); // without both names PostgreSQL refuses it in its own words
            return true;
        }
        int length = nul - portal - 1;
        int keptLength = Math.min(length, ClientStatements.MAX_NAME);
        if (plan.isNameOpen(portal + 1, keptLength)) {
            return false;
        }
        var mine = relay.statements().find(frame.in(), portal + 1, keptLength);
        if (mine != null) {
            return bind(mine, portal, nul);
        }
        Note leaving = null;
        if (StatementCache.isServersName(frame.in(), portal + 1, length)) {
            leaving = plan.unknown(portal + 1, length);
            frame.dropBefore(nul + 1);
            bindTo(StatementCache.NOBODYS, portal, length);
        }
        planned(null, portal, leaving);
        return true;
    }

    /// @param mine what the client's name means
    /// @param portal the end of the portal's name
    /// @param nul the end of the statement's
    private boolean bind(Statement mine, int portal, int nul) {
        var here = plan.here(mine);
        boolean isTold = plan.isReplayingTold() || frame.isDescribedNext(portal);
        if (plan.isOpenOnServer(here)
                || plan.namesakes().areOpen(here)
                || (!isTold && results.isOpen(mine, here, portal + 1, nul))) {
            return false;
        }
        plan.bound(here);
        var leaving = plan.namesakes().noteOf(here);
        frame.dropBefore(nul + 1);
        var refusal = plan.portals().areTooMany(portal, leaving)
                ? Note.refused(Portals.TOO_MANY)
                : isTold ? null : results.refusal(mine, here);
        results.startOver();
        if (refusal != null) {
            bindTo(StatementCache.NOBODYS, portal, nul - portal - 1);
            ledger.forward(Ledger.BIND, refusal, here);
            return true;
        }
        supply(mine, here, portal, nul);
        plan.namesakes().bound(here);
        bindTo(here.name(), portal, nul - portal - 1);
        planned(here, portal, leaving);
        return true;
    }

    private void supply(Statement mine, Statement here, int portal, int nul) {
        int keptLength = Math.min(nul - portal - 1, ClientStatements.MAX_NAME);
        if (here != mine) {
            plan.means(here, portal + 1, keptLength);
        }
        var injected = supply.ensureKnown(here);
        if (injected != null) {
            if (plan.mayMeetFailedTransaction()) {
                injected.refusedAnyhow(BindValues.fault(frame, portal + 1, nul, here));
            }
            Descriptions.askOfParsed(relay, here, frame.bytes(portal + 1, portal + 1 + keptLength));
        }
    }

    private void planned(@Nullable Statement statement, int portal, @Nullable Note leaving) {
        plan.portals().bound(portal, leaving);
        if (portal == frame.body()) {
            plan.deallocations().bound(statement);
        }
        ledger.forward(Ledger.BIND, leaving, statement);
    }

    /// The head of a Bind, up to the statement's name.
    ///
    /// @param portal the end of the portal's name
    /// @param length of the client's name for the statement
    private void bindTo(byte[] name, int portal, int length) {
        int body = frame.body();
        var own = out.space(portal - frame.at() + name.length + 16);
        own.writeByte(Frontend.BIND).writeInt((int) frame.total() - 1 + name.length - length);
        own.writeBytes(frame.in(), body, portal + 1 - body).writeBytes(name).writeByte(0);
    }
}
