package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.ClientStatements;
import io.pgdoorman.pooler.prepare.PlannerScope;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.prepare.StatementText;
import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.session.DirtScan;
import io.pgdoorman.pooler.session.NamedInText;
import io.pgdoorman.pooler.session.NamedInText.Verb;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.FrontendWriter;
import io.pgdoorman.pooler.wire.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Lets SQL find what the client prepared by protocol: servers know that by other names, so before a text that
/// executes, deallocates or prepares a statement by name the server gets it under the client's own name too.
/// Such namesakes go with the lease, as what SQL prepared does. One that PostgreSQL cannot parse any more fails
/// as its EXECUTE would, in the extended protocol some messages earlier. Belongs to the event loop.
final class Namesakes {
    /// EXECUTE of an EXECUTE, and so on.
    private static final int MOST_NESTED = 4;

    /// Statements looked through for one text: they may name each other, and each message would pay for all of them.
    private static final int MOST_EXECUTED = 64;

    /// Texts that a server gets for one message: a short one may name many long statements.
    private static final int MOST_BYTES = 1024 * 1024;

    private final Relay relay;
    private final StatementPlan plan;
    private final Ledger ledger;
    private final Outbox out;
    private final Frame frame;

    /// Where the last Parse stands whose query is lost if it fails.
    private long parsedAt = ClientStatements.NEVER;

    /// Those that the server has, and where each was parsed last.
    private final Map<String, Long> there = new HashMap<>(0);

    /// Those that are nowhere else.
    private final Set<String> kept = new HashSet<>(0);

    private boolean sqlPrepared;

    Namesakes(Relay relay, StatementPlan plan, Frame frame) {
        this.relay = relay;
        this.plan = plan;
        this.ledger = relay.ledger();
        this.out = relay.toServer();
        this.frame = frame;
    }

    /// Whether PostgreSQL skips the client's query if what goes before it fails, so that nothing may follow yet.
    boolean isAwaited() {
        return ledger.isOwed(parsedAt);
    }

    /// Whether a text may name what the client prepared by name.
    boolean areSought() {
        int unnamed = names().find(ClientStatements.UNNAMED) == null ? 0 : 1;
        return names().size() > unnamed;
    }

    /// Whether a query that is too long to be read for more names statements, as a bit of [DirtScan].
    int namesInLongQuery() {
        var text = queryText();
        return DirtScan.names(text, 0, text.writerIndex());
    }

    private List<NamedInText> namedByQuery() {
        var text = queryText();
        return NamedInText.of(text, 0, text.writerIndex());
    }

    /// A copy: what the socket left may lie in many pieces, and each look at a byte would find its piece first.
    private ByteBuf queryText() {
        return Unpooled.wrappedBuffer(frame.bytes(frame.body(), frame.thereOf()));
    }

    /// A simple query that names statements.
    ///
    /// @return false when it must wait
    boolean query() {
        if (names().size() == 0 && ledger.isEmpty()) {
            return true;
        }
        var named = namedByQuery();
        if (!named.isEmpty() && !plan.isSettled()) {
            return false;
        }
        if (relay.status() == Backend.STATUS_FAILED) {
            return true; // PostgreSQL looks for no statement there
        }
        for (var name : ours(named, Set.of(Verb.values()))) {
            frame.sendRun();
            parsedAt = give(name, Note.NAMESAKE);
        }
        return true;
    }

    /// Whether a statement names others, and nobody knows yet which these are.
    boolean areOpen(Statement statement) {
        return isNaming(statement) && namedBy(statement).stream().anyMatch(each -> plan.isNameOpen(kept(each)));
    }

    static boolean isNaming(Statement statement) {
        return (statement.dirt() & DirtScan.NAMES) != 0;
    }

    /// The scope of a statement that executes others: its text means something else to clients with others of that
    /// name.
    long scopeOf(Statement statement, long scope) {
        long own = scope;
        for (var name : ours(namedBy(statement), Set.of(Verb.EXECUTE))) {
            var named = names().find(name);
            own = named == null ? own : PlannerScope.naming(own, named);
        }
        return own;
    }

    /// The server parses this now, and looks for what it executes, to know its result.
    void parsed(Statement statement) {
        if (isNaming(statement)) {
            ours(namedBy(statement), Set.of(Verb.EXECUTE)).forEach(name -> give(name, null));
        }
    }

    /// A portal is made for this statement.
    void bound(Statement statement) {
        if (isNaming(statement)) {
            ours(namedBy(statement), Set.of(Verb.values())).forEach(name -> give(name, null));
        }
    }

    /// Whether the server may know statements by names of the client's own.
    boolean mayBeThere() {
        return (relay.held().dirt().bits() & Dirt.STATEMENTS) != 0;
    }

    /// A Parse of the client's while SQL may have given the name to another statement: the server tells.
    void parse(byte[] name, Statement statement, @Nullable Statement before) {
        there.put(text(name), ledger.place());
        FrontendWriter.parse(out.space(statement.tail().length + name.length + 16), name, statement.tail());
        ledger.forward(Ledger.PARSE, Note.named(name, before));
    }

    /// The client forgets this name.
    void closed(byte[] name) {
        if (mayBeThere() && (name.length > 0 || kept.contains(""))) {
            FrontendWriter.closeStatement(out.space(name.length + 16), name);
            ledger.swallow(Ledger.CLOSE, null);
        }
    }

    /// A Parse that is too long to be kept: only this server will know the statement, under the client's own name, and
    /// stays with the client for it.
    boolean parseLarge() throws ProtocolException {
        int body = frame.body();
        int nul = frame.stringEnd(body);
        if (nul < 0 || nul - frame.at() >= StatementPlan.MAX_NAMES) {
            throw StatementPlan.tooLongNames("Parse");
        }
        int length = Math.min(nul - body, ClientStatements.MAX_NAME);
        if (length > 0 && plan.isNameOpen(body, length)) {
            return false;
        }
        byte[] name = frame.bytes(body, body + length);
        var taken = length > 0 ? names().find(name) : null;
        if (taken != null) {
            frame.drop();
            plan.duplicate(name, taken);
            return true;
        }
        var before = names().put(name, null, ledger.place());
        keep(name);
        ledger.forward(Ledger.PARSE, Note.named(name, before));
        return true;
    }

    private void keep(byte[] name) {
        kept.add(text(name));
        relay.pin().keeps(true);
        // Its text was not looked at.
        relay.held().dirt().addLasting(Dirt.UNKNOWN | Dirt.STATEMENTS);
        relay.held().unnamedStatementLeft(true);
    }

    /// The name means another, or nothing.
    void keepNoMore(byte[] name) {
        if (!kept.isEmpty() && kept.remove(text(name))) {
            relay.pin().keeps(!kept.isEmpty());
        }
    }

    /// A Parse failed, maybe one of a statement that was to be kept.
    void keepNone() {
        if (!kept.isEmpty()) {
            kept.clear();
            relay.pin().keeps(false);
        }
    }

    /// PostgreSQL has a statement that SQL prepared.
    void sqlPrepared() {
        sqlPrepared = true;
    }

    /// PostgreSQL deallocated it.
    void deallocated(byte[] name) {
        var parsed = there.get(text(name));
        if (parsed == null || parsed > ledger.headPlace()) {
            return; // it is parsed anew behind this
        }
        there.remove(text(name));
        if (there.isEmpty() && !sqlPrepared) {
            relay.held().dirt().remove(Dirt.STATEMENTS);
        }
    }

    /// PostgreSQL deallocated all, or another server comes.
    void allGone() {
        sqlPrepared = false;
        there.clear();
        keepNone();
    }

    /// @return the place of its Parse
    private long give(byte[] name, @Nullable Note note) {
        closed(name); // one that an earlier text left
        var statement = names().find(name);
        byte[] tail = statement == null ? new byte[0] : statement.analysedTail();
        there.put(text(name), ledger.place());
        relay.held().dirt().addLasting(Dirt.STATEMENTS);
        FrontendWriter.parse(out.space(tail.length + name.length + 16), name, tail);
        long place = ledger.place();
        ledger.swallow(Ledger.PARSE, note);
        return place;
    }

    private static String text(byte[] name) {
        return new String(name, StandardCharsets.ISO_8859_1);
    }

    private static byte[] kept(NamedInText named) {
        return ClientStatements.kept(named.name().getBytes(StandardCharsets.ISO_8859_1));
    }

    /// The names of those that the client prepared by protocol.
    private List<byte[]> ours(List<NamedInText> named, Set<Verb> verbs) {
        var all = allOurs(named, verbs);
        int bytes = 0;
        for (int i = 0; i < all.size(); i++) {
            if (bytes >= MOST_BYTES) {
                return all.subList(0, i); // PostgreSQL says that the next one does not exist
            }
            var statement = names().find(all.get(i));
            bytes += statement == null ? 0 : statement.tail().length;
        }
        return all;
    }

    private List<byte[]> allOurs(List<NamedInText> named, Set<Verb> verbs) {
        return withExecuted(named).stream()
                .filter(each -> verbs.contains(each.verb()))
                .map(NamedInText::name)
                .distinct()
                .map(name -> ClientStatements.kept(name.getBytes(StandardCharsets.ISO_8859_1)))
                .filter(name -> name.length > 0 && names().find(name) != null)
                .toList();
    }

    /// What the query deallocates.
    Iterator<byte[]> deallocatedByQuery() {
        return deallocated(namedByQuery());
    }

    /// What these texts deallocate, in turn; those that they execute may do so too.
    private Iterator<byte[]> deallocated(List<NamedInText> named) {
        return withExecuted(named).stream()
                .filter(each -> each.verb() == Verb.DEALLOCATE)
                .map(Namesakes::kept)
                .iterator();
    }

    /// With what is named by the client's own statements that are executed.
    private List<NamedInText> withExecuted(List<NamedInText> named) {
        var all = new ArrayList<NamedInText>();
        addWithExecuted(named, new HashSet<>(), MOST_NESTED, all);
        return all;
    }

    /// @param seen whose texts were looked through: each is so once, however often it is named
    private void addWithExecuted(List<NamedInText> named, Set<Statement> seen, int depth, List<NamedInText> all) {
        for (var each : named) {
            all.add(each);
            var executed = depth > 0 && each.verb() == Verb.EXECUTE ? names().find(kept(each)) : null;
            if (executed != null && isNaming(executed) && seen.size() < MOST_EXECUTED && seen.add(executed)) {
                addWithExecuted(namedBy(executed), seen, depth - 1, all);
            }
        }
    }

    /// What is known of what a portal of the statement leaves behind.
    @Nullable
    Note noteOf(Statement statement) {
        int found = statement.dirt() & StatementText.LEAVES;
        if (found == 0) {
            return null;
        }
        byte[] tail = statement.tail();
        var note = Note.ofText(found, Unpooled.wrappedBuffer(tail), 0, tail.length);
        if (note != null && isNaming(statement)) {
            note.deallocates = deallocated(namedBy(statement));
        }
        return note;
    }

    private static List<NamedInText> namedBy(Statement statement) {
        ByteBuf text = Unpooled.wrappedBuffer(statement.tail());
        return NamedInText.of(text, 0, text.writerIndex());
    }

    private ClientStatements names() {
        return relay.statements();
    }
}
