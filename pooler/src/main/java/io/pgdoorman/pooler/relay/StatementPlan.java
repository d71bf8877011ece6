package io.pgdoorman.pooler.relay;

import static io.pgdoorman.pooler.prepare.ClientStatements.UNNAMED;

import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.PlannerScope;
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
        portals.startOver();
        deallocations.startOver();
    }

    /// Whether a batch is planned once more, with new statements for those that were retired.
    void replaying(boolean now) {
        isReplaying = now;
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

    /// Whether it is open if the server knows the statement, or knows the one that would make room for it.
    private boolean isOpenOnServer(Statement statement) {
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
    private boolean mayMeetFailedTransaction() {
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
            ledger.forward(Ledger.SYNTHESIZE, Note.answered(PARSE_COMPLETE, name, before));
        } else {
            supply.send(statement);
            ledger.forward(Ledger.PARSE, Note.parsed(name, before, statement));
            Descriptions.ask(relay, statement);
        }
    }

    /// The client's name is taken: PostgreSQL must fail, so that its transaction does, but it knows other names.
    void duplicate(byte[] name, Statement statement) {
        var _ = supply.ensureKnown(statement);
        FrontendWriter.parse(out.space(statement.tail().length + 64), statement.name(), statement.tail());
        ledger.forward(Ledger.PARSE, Note.refused(SqlState.DUPLICATE_STATEMENT, name, "already exists"));
    }

    /// The name is none of the client's, but may be one of the servers': PostgreSQL must fail, and does not know this.
    private Note unknown(int from, int length) {
        return Note.refused(SqlState.INVALID_STATEMENT_NAME, frame.bytes(from, from + length), "does not exist");
    }

    /// The statement of that name. If the server lacks it and the client's settings are others by now, it is not
    /// parsed under its shared name, which would mean something else to the others then. One that was retired is
    /// parsed anew too; a server that knows it refuses it, as PostgreSQL would refuse the client's.
    private @Nullable Statement named(int from, int length) {
        var statement = names().find(frame.in(), from, length);
        if (statement == null
                || ((statement.scope() == scope || Namesakes.isNaming(statement)) && !statement.isRetired())) {
            return statement;
        }
        if (relay.held().statements().knows(statement) && !(isReplaying && statement.isRetired())) {
            return statement;
        }
        var here = cache.intern(statement.tail(), scope, _ -> statement.dirt());
        var _ = names().put(frame.bytes(from, from + length), here, names().changedAt(frame.in(), from, length));
        return here;
    }

    boolean bind() throws ProtocolException {
        int body = frame.body();
        int portal = frame.stringEnd(body);
        int nul = portal < 0 ? -1 : frame.stringEnd(portal + 1);
        if ((nul < 0 ? frame.thereOf() : Math.min(nul, frame.thereOf())) - frame.at() >= MAX_NAMES) {
            throw tooLongNames("Bind");
        }
        if (nul < 0 || nul >= frame.at() + frame.total()) {
            if (portal == body) {
                portals.bound(portal, null);
            }
            ledger.forward(Ledger.BIND, null); // without both names PostgreSQL refuses it in its own words
            return true;
        }
        int length = nul - portal - 1;
        int keptLength = Math.min(length, ClientStatements.MAX_NAME);
        if (isNameOpen(portal + 1, keptLength)) {
            return false;
        }
        Note leaving = null;
        var statement = named(portal + 1, keptLength);
        if (statement != null) {
            if (isOpenOnServer(statement) || namesakes.areOpen(statement)) {
                return false;
            }
            bound(statement);
            leaving = namesakes.noteOf(statement);
            frame.dropBefore(nul + 1);
            if (portals.areTooMany(portal, leaving)) {
                bindTo(StatementCache.NOBODYS, portal, length);
                ledger.forward(Ledger.BIND, Note.refused(Portals.TOO_MANY), statement);
                return true;
            }
            var injected = supply.ensureKnown(statement);
            if (injected != null) {
                if (mayMeetFailedTransaction()) {
                    injected.refusedAnyhow(BindValues.fault(frame, portal + 1, nul, statement));
                }
                Descriptions.ask(relay, statement);
            }
            namesakes.bound(statement);
            bindTo(statement.name(), portal, length);
        } else if (StatementCache.isServersName(frame.in(), portal + 1, length)) {
            leaving = unknown(portal + 1, length);
            frame.dropBefore(nul + 1);
            bindTo(StatementCache.NOBODYS, portal, length);
        }
        portals.bound(portal, leaving);
        if (portal == body) {
            deallocations.bound(statement);
        }
        ledger.forward(Ledger.BIND, leaving, statement);
        return true;
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

    private void bound(Statement statement) {
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
        Note refusal = null;
        if (isOfStatement()) {
            if (isNameOpen(nameAt(), keptLength())) {
                return false;
            }
            statement = named(nameAt(), keptLength());
            if (statement != null) {
                if (isOpenOnServer(statement) || namesakes.areOpen(statement)) {
                    return false;
                }
                frame.drop();
                byte[] known = Descriptions.insteadOfParse(relay, statement);
                if (known != null) {
                    ledger.forward(Ledger.SYNTHESIZE, Note.answered(known));
                    return true;
                }
                var _ = supply.ensureKnown(statement);
                FrontendWriter.describeStatement(out.space(64), statement.name());
            } else if (StatementCache.isServersName(frame.in(), nameAt(), keptLength())) {
                refusal = unknown(nameAt(), keptLength());
                frame.drop();
                FrontendWriter.describeStatement(out.space(64), StatementCache.NOBODYS);
            }
        }
        ledger.forward(Ledger.DESCRIBE, refusal, statement);
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
