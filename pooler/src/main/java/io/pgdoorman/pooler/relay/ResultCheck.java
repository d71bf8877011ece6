package io.pgdoorman.pooler.relay;

import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.ResultShape;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.SqlState;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Whether a server that lacked a statement gives the rows that others gave, for a client that does not ask again what
/// they are like. Belongs to the event loop.
///
/// PostgreSQL refuses a statement whose result changed since its Parse; a server that parses it only now cannot know.
/// So it parses and describes it first, and the client's Bind waits for that: once for each server and statement, as
/// an Execute cannot be taken back. Where the answer is another than it was, the Bind is refused as PostgreSQL does.
final class ResultCheck {
    /// In PostgreSQL's words and with its routine, by which drivers know that preparing anew helps.
    private static final byte[] CHANGED = changed();

    private final Relay relay;
    private final Ledger ledger;
    private final Frame frame;
    private final Supply supply;

    /// What the client has, and what the server was asked about in its place; both until a Bind went on.
    private @Nullable Statement told;

    private @Nullable Statement asked;
    private long askedAt = ClientStatements.NEVER;

    ResultCheck(Relay relay, Frame frame, Supply supply) {
        this.relay = relay;
        this.ledger = relay.ledger();
        this.frame = frame;
        this.supply = supply;
    }

    private static byte[] changed() {
        var message = Unpooled.buffer(128);
        var error = PgError.error(SqlState.FEATURE_NOT_SUPPORTED, "cached plan must not change result type");
        BackendWriter.error(message, error, "plancache.c", Replay.CHANGED_RESULT);
        return Arrays.copyOf(message.array(), message.readableBytes());
    }

    void startOver() {
        told = null;
        asked = null;
    }

    /// The statement that the server was asked about in place of this one, or null.
    @Nullable
    Statement askedInPlaceOf(Statement of) {
        return of == told ? asked : null;
    }

    /// Whether the Bind at hand has to wait until the server said what its rows will be like; it is asked for that.
    ///
    /// @param of what the client has
    /// @param here what the server would run
    /// @param name where the statement's name begins
    /// @param nul where it ends
    boolean isOpen(Statement of, Statement here, int name, int nul) {
        if (ledger.isOwed(askedAt)) {
            return true;
        }
        if (!isCompared(of) || here == askedInPlaceOf(of) || isKnown(of, here)) {
            return false;
        }
        told = of;
        asked = here;
        frame.sendRun();
        var injected = supply.ensureKnown(here);
        if (injected != null) {
            injected.refusedAnyhow(BindValues.fault(frame, name, nul, here));
        }
        askedAt = ledger.place();
        Descriptions.ask(relay, here, Note.COMPARING);
        FrontendWriter.bare(relay.toServer().space(5), Frontend.FLUSH);
        return true;
    }

    /// Why the Bind is refused that need not wait, or null.
    @Nullable
    Note refusal(Statement of, Statement here) {
        if (here == of && asked == null) {
            return null; // the server knows it
        }
        boolean changed = isCompared(of) && !(isKnown(of, here) && here.shape() == of.shape());
        return changed ? Note.answered(CHANGED) : null;
    }

    /// In a failed transaction PostgreSQL refuses both Parse and Bind.
    private boolean isCompared(Statement of) {
        return of.shape() != ResultShape.UNKNOWN && relay.status() != Backend.STATUS_FAILED;
    }

    /// What a server knows has the rows that it had first.
    private boolean isKnown(Statement of, Statement here) {
        return relay.held().statements().knows(here) && (here == of || here.shape() != ResultShape.UNKNOWN);
    }
}
