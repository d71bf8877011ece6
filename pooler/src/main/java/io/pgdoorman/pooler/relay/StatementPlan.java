package io.pgdoorman.pooler.relay;

import static io.pgdoorman.pooler.prepare.ClientStatements.UNNAMED;

import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.PlannerScope;
import io.pgdoorman.pooler.prepare.ResultShape;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.prepare.StatementCache;
import io.pgdoorman.pooler.prepare.StatementText;
import io.pgdoorman.pooler.session.DirtScan;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Frontend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import org.jspecify.annotations.Nullable;

/// Plans the messages that name prepared statements: the names are replaced by those that all clients share, a Parse
/// that the server knows is left out, one that it lacks is put in. Belongs to the event loop.
///
/// Each method returns false, and changed nothing, when the message must wait: it depends on a statement that a batch
/// behind an earlier Sync changed, and nobody knows yet whether that batch fails. A client that waits for its answers
/// never meets this.
final class StatementPlan {
    /// A Parse is kept as a whole; longer ones pass as they come, and stay with their server.
    static final int MAX_PARSE = 64 * 1024 * 1024;

    /// The two names at the beginning of a Bind, or the one of a Parse; NAMEDATALEN is 64. PostgreSQL would take
    /// longer ones, but until both are there it is not known which statement is meant.
    static final int MAX_NAMES = 16 * 1024;

    private static final byte[] PARSE_COMPLETE = {Backend.PARSE_COMPLETE, 0, 0, 0, 4};
    private static final byte[] CLOSE_COMPLETE = {Backend.CLOSE_COMPLETE, 0, 0, 0, 4};

    private final Relay relay;
    private final Ledger ledger;
    private final Outbox out;
    private final StatementCache cache;
    private final Frame frame;

    private final ServerChanges changes;

    /// The place of a message that may make PostgreSQL forget statements.
    private long forgettingAt = ClientStatements.NEVER;

    /// Whether a portal may make PostgreSQL forget statements when it is executed.
    private boolean someForget;

    /// Whether something that is not answered yet may have begun a transaction block.
    private boolean mayHaveBegun;

    private final DeallocationPlan deallocations;
    private final Namesakes namesakes;
    private final Supply supply;
    private final StatementRoom room;
    private final BindPlan binds;
    private boolean isReplaying;

    /// What the client's settings make of a text, and what the SETs of this lease make of it.
    private long sessionScope;
    private long scope;
    private final Portals portals;

    StatementPlan(Relay relay, StatementCache cache, Frame frame) {
        this.relay = relay;
        this.ledger = relay.ledger();
        this.changes = new ServerChanges(ledger);
        this.out = relay.toServer();
        this.cache = cache;
        this.frame = frame;
        this.deallocations = new DeallocationPlan(relay, this, frame);
        this.namesakes = new Namesakes(relay, this, frame);
        this.supply = new Supply(relay, cache, namesakes, changes);
        this.portals = new Portals(frame);
        this.room = new StatementRoom(relay, supply, cache, frame);
        this.binds = new BindPlan(relay, this, frame, supply);
    }

    BindPlan binds() {
        return binds;
    }

    Namesakes namesakes() {
        return namesakes;
    }

    Portals portals() {
        return portals;
    }

    DeallocationPlan deallocations() {
        return deallocations;
    }

    /// All that was asked is answered.
    void settled(boolean portalsEnded) {
        mayHaveBegun = false;
        binds.startOver();
        names().settled();
        if (portalsEnded) {
            someForget = false;
            portals.ended();
            scope = sessionScope; // what was set in the transaction does not outlive it here
        }
        changes.settled();
    }

    /// The client's settings are others now, or it is another client.
    void scope(long now) {
        sessionScope = now;
        scope = now;
    }

    /// Whose lease begins has nothing to do with whose the last one was.
    void startOver(long clientScope) {
        scope(clientScope);
        someForget = false;
        mayHaveBegun = false;
        changes.settled();
        binds.startOver();
        portals.startOver();
        deallocations.startOver();
    }

    /// Whether a batch is planned once more, with new statements for those that were retired.
    void replaying(boolean now) {
        isReplaying = now;
    }

    /// The message that waits, if one does, counts for nothing.
    void skipped() {
        binds.startOver();
    }

    void begun() {
        mayHaveBegun = true;
    }

    // ---- what a message depends on

    boolean isNameOpen(int from, int length) {
        return isForgetting() || (ledger.owesSync() && ledger.isOpen(names().changedAt(frame.in(), from, length)));
    }

    /// Whether a statement that a text names may be another once earlier batches are answered.
    boolean isNameOpen(byte[] name) {
        return isForgetting()
                || (ledger.owesSync()
                        && ledger.isOpen(names().changedAt(Unpooled.wrappedBuffer(name), 0, name.length)));
    }

    /// Whether a batch is planned once more whose client will hear what its results look like.
    boolean isReplayingTold() {
        return isReplaying && relay.replay().showsResult();
    }

    /// Whether it is open if the server knows the statement, or knows the one that would make room for it.
    boolean isOpenOnServer(Statement statement) {
        if (!ledger.owesSync() || changes.isEmpty()) {
            return false;
        }
        var evicted = relay.held().statements().wouldEvict(statement);
        return changes.areOpen(statement) || (evicted != null && changes.areOpen(evicted));
    }

    ServerChanges changes() {
        return changes;
    }

    /// What PostgreSQL forgets is known when it answers; without a Sync it must be asked to.
    private boolean isForgetting() {
        if (!ledger.isOwed(forgettingAt)) {
            return false;
        }
        askToFlush();
        return true;
    }

    /// Whether all before is answered, so that it is known what a message meets; if not, it is asked for.
    boolean isSettled() {
        if (ledger.head() == Ledger.SYNTHESIZE && !relay.isMidAnswer()) {
            relay.homeward().insert(); // PostgreSQL may have nothing to answer that would bring these along
            relay.toClient().flush();
        }
        if (ledger.isEmpty()) {
            return true;
        }
        askToFlush();
        return false;
    }

    void askToFlush() {
        if (!ledger.owesReady()) {
            frame.sendRun();
            FrontendWriter.bare(out.space(5), Frontend.FLUSH);
        }
    }

    /// Whether PostgreSQL may refuse this because the transaction failed, which the answers will show.
    boolean mayMeetFailedTransaction() {
        byte status = relay.status();
        return status == Backend.STATUS_FAILED
                || (ledger.owesReady() && (mayHaveBegun || status != Backend.STATUS_IDLE));
    }

    // ---- the messages

    /// A simple query destroys the unnamed statement (PostgreSQL manual, "Extended Query").
    ///
    /// @return the query's note, or null
    @Nullable
    Note query(int leaves) {
        mayHaveBegun = true;
        if (leaves != 0 || frame.beginsWith('s', 'e', 't') || frame.beginsWith('b', 'e', 'g')) {
            scope = PlannerScope.after(scope, frame.in(), frame.body(), Math.min(frame.stop(), frame.end()));
        }
        if (mayForget() || (leaves & DirtScan.NAMES) != 0) {
            forgettingAt = ledger.place();
        }
        namesakes.keepNoMore(UNNAMED);
        // Even where there is none, the error of an earlier batch may bring one back, which this query then destroys.
        if (!ledger.owesSync() && names().find(UNNAMED) == null) {
            return null;
        }
        return Note.named(UNNAMED, names().put(UNNAMED, null, ledger.place()));
    }

    /// Whether the query is DEALLOCATE or DISCARD.
    private boolean mayForget() {
        return frame.beginsWith('d', 'e', 'a') || frame.beginsWith('d', 'i', 's');
    }

    boolean parse() throws ProtocolException {
        if (frame.total() > MAX_PARSE) {
            return namesakes.parseLarge();
        }
        int body = frame.body();
        int nul = CString.end(frame.in(), body, frame.stop());
        if (nul < 0) {
            return forwardParse();
        }
        byte[] name = nul == body ? UNNAMED : frame.bytes(body, nul);
        int keptLength = Math.min(name.length, ClientStatements.MAX_NAME);
        boolean named = name.length > 0;
        if ((named && isNameOpen(body, keptLength)) || isForgetting() || room.isAwaited(nul, scope)) {
            return false;
        }
        if (room.isLacking(ClientStatements.kept(name), nul, scope)) {
            room.refuse(name);
            return true;
        }
        var statement = cache.intern(frame.in(), nul + 1, frame.stop(), scope, TextTraits::of);
        if (Namesakes.isNaming(statement)) {
            int dirt = statement.dirt();
            statement = cache.intern(frame.in(), nul + 1, frame.stop(), namesakes.scopeOf(statement, scope), _ -> dirt);
        }
        if (isOpenOnServer(statement) || namesakes.areOpen(statement)) {
            return false;
        }
        frame.drop();
        if (named && names().find(frame.in(), body, keptLength) != null) {
            duplicate(name, statement);
        } else {
            parse(ClientStatements.kept(name), statement);
        }
        return true;
    }

    static ProtocolException tooLongNames(String message) {
        return ProtocolException.violation(
                "names in " + message + " message of more than " + MAX_NAMES + " bytes (expected: at most that)");
    }

    /// PostgreSQL refuses it in its own words.
    boolean forwardParse() {
        ledger.forward(Ledger.PARSE, null);
        return true;
    }

    private void parse(byte[] name, Statement statement) {
        namesakes.keepNoMore(name);
        var before = names().put(name, statement, ledger.place());
        if (name.length > 0 && namesakes.mayBeThere()) {
            // SQL may have given the name to another: the server tells.
            namesakes.parse(name, statement, before);
            return;
        }
        boolean known = relay.held().statements().use(statement);
        if (known && mayMeetFailedTransaction()) {
            // Only PostgreSQL can tell whether it takes this; no client uses the server's unnamed statement.
            FrontendWriter.parse(out.space(statement.tail().length + 8), UNNAMED, statement.tail());
            ledger.forward(Ledger.PARSE, Note.named(name, before));
            FrontendWriter.closeStatement(out.space(16), UNNAMED);
            ledger.swallow(Ledger.CLOSE, null);
        } else if (known) {
            relay.traffic().parseHit();
            relay.held().counters().parseHit();
            Descriptions.askOfKnown(relay, statement, name);
            ledger.forward(Ledger.SYNTHESIZE, Note.answered(PARSE_COMPLETE, name, before));
        } else {
            supply.send(statement, statement.tail());
            ledger.forward(Ledger.PARSE, Note.parsed(name, before, statement));
            Descriptions.askOfParsed(relay, statement, name);
        }
    }

    /// The client's name is taken: PostgreSQL must fail, so that its transaction does, but it knows other names.
    void duplicate(byte[] name, Statement statement) {
        var _ = supply.ensureKnown(statement);
        FrontendWriter.parse(out.space(statement.tail().length + 64), statement.name(), statement.tail());
        ledger.forward(Ledger.PARSE, Note.refused(SqlState.DUPLICATE_STATEMENT, name, "already exists"));
    }

    /// The name is none of the client's, but may be one of the servers': PostgreSQL must fail, and does not know this.
    Note unknown(int from, int length) {
        return Note.refused(SqlState.INVALID_STATEMENT_NAME, frame.bytes(from, from + length), "does not exist");
    }

    /// What the server is to run for a statement of the client's. If it lacks that and the client's settings are others
    /// by now, it is not parsed under its shared name, which would mean something else to the others then. One that
    /// was retired is parsed anew too; a server that knows it refuses it, as PostgreSQL would refuse the client's.
    Statement here(Statement of) {
        if ((of.scope() == scope || Namesakes.isNaming(of)) && !of.isRetired()) {
            return of;
        }
        if (relay.held().statements().knows(of) && !(isReplaying && of.isRetired())) {
            return of;
        }
        var asked = binds.askedInPlaceOf(of);
        return asked != null ? asked : cache.intern(of.analysedTail(), scope, _ -> of.dirt());
    }

    /// The name at hand means this from now on, as it did before; unless a failed transaction refuses all that is said
    /// of it.
    void means(Statement here, int from, int length) {
        if (relay.status() != Backend.STATUS_FAILED) {
            var _ = names().put(frame.bytes(from, from + length), here, names().changedAt(frame.in(), from, length));
        }
    }

    /// A server analysed a statement of the client's otherwise than those did that knew it before.
    void hasBecomeAnother(byte[] name, Statement was, long shape, byte[] types) {
        if (names().find(name) != was) {
            return;
        }
        var now = cache.intern(was.tail(), was.scope(), _ -> was.dirt());
        if (now.shape() == ResultShape.UNKNOWN) {
            now.analysed(shape, types);
        }
        var key = Unpooled.wrappedBuffer(name);
        var _ = names().put(name, now, names().changedAt(key, 0, name.length));
    }

    /// A portal is made for this statement.
    void bound(Statement statement) {
        int traits = statement.dirt();
        mayHaveBegun |= (traits & StatementText.BEGINS) != 0;
        if ((traits & StatementText.SETS) != 0) {
            // The Bind's values count too: set_config may take them from there.
            byte[] tail = statement.tail();
            var text = Unpooled.wrappedBuffer(tail, frame.bytes(frame.body(), Math.min(frame.stop(), frame.end())));
            scope = PlannerScope.after(scope, text, 0, text.readableBytes());
        }
        someForget |= (traits & StatementText.FORGETS) != 0;
    }

    void execute() {
        boolean unnamed = frame.there() > Frame.HEADER && frame.in().getByte(frame.body()) == 0;
        if (unnamed && !ledger.isOwed(forgettingAt) && deallocations.executes()) {
            return;
        }
        if (someForget) {
            forgettingAt = ledger.place();
        }
        ledger.forward(Ledger.EXECUTE, portals.executed());
    }

    boolean describe() {
        Statement statement = null;
        Note note = null;
        if (isOfStatement()) {
            if (isNameOpen(nameAt(), keptLength())) {
                return false;
            }
            var mine = names().find(frame.in(), nameAt(), keptLength());
            if (mine != null) {
                statement = here(mine);
                if (isOpenOnServer(statement) || namesakes.areOpen(statement)) {
                    return false;
                }
                frame.drop();
                if (statement != mine) {
                    means(statement, nameAt(), keptLength());
                }
                byte[] known = Descriptions.insteadOfParse(relay, statement);
                if (known != null) {
                    ledger.forward(Ledger.SYNTHESIZE, Note.answered(known));
                    return true;
                }
                if (supply.ensureKnown(statement) != null) {
                    note = Note.comparing(frame.bytes(nameAt(), nameAt() + keptLength()));
                }
                FrontendWriter.describeStatement(out.space(64), statement.name());
            } else if (StatementCache.isServersName(frame.in(), nameAt(), keptLength())) {
                note = unknown(nameAt(), keptLength());
                frame.drop();
                FrontendWriter.describeStatement(out.space(64), StatementCache.NOBODYS);
            }
        }
        ledger.forward(Ledger.DESCRIBE, note, statement);
        return true;
    }

    /// The client forgets its name; servers keep the statement for others.
    boolean close() {
        if (!isOfStatement()) {
            ledger.forward(Ledger.CLOSE, null);
            return true;
        }
        if (isNameOpen(nameAt(), keptLength())) {
            return false;
        }
        frame.drop();
        byte[] name = frame.bytes(nameAt(), nameAt() + keptLength());
        var before = names().put(name, null, ledger.place());
        namesakes.closed(name);
        namesakes.keepNoMore(name);
        ledger.forward(Ledger.SYNTHESIZE, Note.answered(CLOSE_COMPLETE, name, before));
        return true;
    }

    /// Whether a whole Describe or Close names a statement, and nothing else; PostgreSQL refuses broken ones itself.
    private boolean isOfStatement() {
        return frame.total() > Frame.HEADER + 1
                && frame.in().getByte(frame.body()) == Frontend.TARGET_STATEMENT
                && CString.end(frame.in(), nameAt(), frame.stop()) == frame.stop() - 1;
    }

    private int nameAt() {
        return frame.body() + 1;
    }

    /// As much of its length as counts.
    private int keptLength() {
        return Math.min((int) frame.total() - Frame.HEADER - 2, ClientStatements.MAX_NAME);
    }

    private ClientStatements names() {
        return relay.statements();
    }
}
