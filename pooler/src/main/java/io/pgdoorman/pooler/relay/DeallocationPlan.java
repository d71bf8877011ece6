package io.pgdoorman.pooler.relay;

import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.Deallocation;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.prepare.StatementText;
import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Plans SQL's DEALLOCATE of statements that the client prepared by protocol: servers know them by other names and keep
/// them for other clients, so PostgreSQL does not get to see it. Belongs to the event loop.
final class DeallocationPlan {
    private final Relay relay;
    private final StatementPlan plan;
    private final Ledger ledger;
    private final Outbox out;
    private final Frame frame;
    private @Nullable Deallocation deallocation;

    /// The name that the unnamed portal would deallocate, or null.
    private byte @Nullable [] portalDeallocates;

    DeallocationPlan(Relay relay, StatementPlan plan, Frame frame) {
        this.relay = relay;
        this.plan = plan;
        this.ledger = relay.ledger();
        this.out = relay.toServer();
        this.frame = frame;
    }

    void startOver() {
        deallocation = null;
        portalDeallocates = null;
    }

    /// Whether the query is a DEALLOCATE of names that are ours, and no failed transaction refuses it.
    boolean isDue() {
        deallocation = null;
        if (!frame.isWhole() || !frame.beginsWith('d', 'e', 'a')) {
            return false;
        }
        var found = Deallocation.of(frame.in(), frame.body(), frame.stop() - 1);
        if (found == null || (ledger.isEmpty() && relay.status() == Backend.STATUS_FAILED)) {
            return false;
        }
        deallocation = isOurs(found.name()) ? found : null;
        return deallocation != null;
    }

    private boolean isOurs(byte @Nullable [] name) {
        return name == null
                ? (relay.held().dirt().bits() & Dirt.STATEMENTS) == 0 // PREPAREd ones must go too
                : names().find(name) != null || ledger.owesSync();
    }

    /// Answers it when all before it is answered, so that it is known whether it takes place. The server gets a Sync in
    /// its place, which ends an implicit transaction as the query would.
    boolean deallocate() {
        if (!plan.isSettled()) {
            return false;
        }
        var found = Objects.requireNonNull(deallocation);
        frame.drop();
        if (names().forget(found)) {
            if (found.name() != null) {
                plan.namesakes().closed(found.name());
            }
            ledger.forward(Ledger.SYNTHESIZE, Note.answered(completed(found)));
            FrontendWriter.bare(out.space(5), Frontend.SYNC);
            ledger.forward(Ledger.SYNC, null);
        }
        return true;
    }

    private byte[] completed(Deallocation found) {
        var message = out.space(0).alloc().buffer(32);
        BackendWriter.commandComplete(message, found.tag());
        var answer = new byte[message.readableBytes()];
        message.readBytes(answer);
        message.release();
        return answer;
    }

    /// The unnamed portal runs this statement now, or one that PostgreSQL has to find.
    void bound(@Nullable Statement statement) {
        portalDeallocates = statement == null ? null : deallocatedBy(statement);
    }

    /// The unnamed portal is executed.
    ///
    /// @return whether it forgets a name of the client's, and that is all that it does
    boolean executes() {
        byte[] deallocated = portalDeallocates;
        if (deallocated == null || names().find(deallocated) == null) {
            return false;
        }
        var before = names().put(deallocated, null, ledger.place());
        ledger.forward(Ledger.EXECUTE, Note.named(deallocated, before));
        return true;
    }

    /// The name that the statement would make PostgreSQL forget, or null.
    private static byte @Nullable [] deallocatedBy(Statement statement) {
        if ((statement.dirt() & StatementText.FORGETS) == 0) {
            return null;
        }
        var text = Unpooled.wrappedBuffer(statement.tail());
        int end = CString.end(text, 0, text.writerIndex());
        var found = end < 0 ? null : Deallocation.of(text, 0, end);
        return found == null ? null : found.name();
    }

    private ClientStatements names() {
        return relay.statements();
    }
}
