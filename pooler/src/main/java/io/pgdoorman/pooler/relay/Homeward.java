package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.session.CommandTag;
import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.session.DirtScan;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Carry;
import io.pgdoorman.pooler.wire.ErrorFields;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads what PostgreSQL sends and meets it with the ledger: forwarded in runs, swallowed, or preceded by what we
/// synthesize. Rows and COPY data never touch the ledger. Belongs to the event loop.
final class Homeward {
    /// Messages that are looked at are small, except errors, which may quote a query.
    private static final int MAX_LOOKED_AT = 1024 * 1024;

    private static final int HEADER = 5;

    private final Relay relay;
    private final Ledger ledger;
    private final Outbox out;
    private final Carry carry = new Carry();
    private long bodyLeft;
    private boolean swallowBody;
    private boolean farewell;

    /// Whether the client heard anything in this lease.
    private boolean told;

    private long passedBefore;

    /// ReadyForQuery came, and nothing after it but what PostgreSQL may say at any time.
    private boolean sawReady;

    // Where the walk is; of no meaning between two calls of feed.
    private int at;
    private int runFrom;

    private final CopyIn copyIn;

    Homeward(Relay relay) {
        this.relay = relay;
        this.ledger = relay.ledger();
        this.out = relay.toClient();
        this.copyIn = relay.copyIn();
    }

    /// Whether a FATAL error of PostgreSQL was passed on: the client needs no other.
    boolean isFarewellTold() {
        return farewell;
    }

    /// Whether the last that PostgreSQL said is ReadyForQuery: then the lease may end, now or when the client is
    /// through
    /// with a message that counts for nothing. What follows it belongs to this client.
    boolean isAtBoundary() {
        return sawReady && bodyLeft == 0 && carry.isEmpty();
    }

    void leaseBegan() {
        told = false;
        passedBefore = out.passed();
    }

    /// What the client heard in this lease: nothing, something that can be taken back, or more.
    private Replay.Heard heard() {
        return out.passed() != passedBefore
                ? Replay.Heard.SOMETHING
                : told ? Replay.Heard.NOTHING_YET : Replay.Heard.NOTHING;
    }

    void leaseEnded() {
        sawReady = false;
    }

    /// Whether the client got a part of a message, and nothing else may be said to it before the rest.
    boolean isMidAnswer() {
        return bodyLeft > 0 && !swallowBody;
    }

    /// Takes over the chunk.
    void feed(ByteBuf chunk) throws ProtocolException {
        var in = carry.join(chunk);
        try {
            walk(in);
        } finally {
            carry.keep(in, at);
        }
        if (!relay.endIfClientEnded()) {
            if (isAtBoundary()) {
                relay.endLeaseIfDone();
            }
            relay.resume();
        }
    }

    private void walk(ByteBuf in) throws ProtocolException {
        int end = in.writerIndex();
        runFrom = in.readerIndex();
        at = runFrom;
        if (bodyLeft > 0) {
            int step = (int) Math.min(bodyLeft, end - at);
            bodyLeft -= step;
            at += step;
            if (swallowBody) {
                runFrom = at;
            }
        }
        try {
            meetAll(in, end);
        } catch (ProtocolException broken) {
            // What came before is told, so that no error follows half a message.
            out.run(in, runFrom, at);
            out.send();
            throw broken;
        }
        out.run(in, runFrom, at);
        if (bodyLeft == 0 && !copyIn.isUnsettled()) {
            insert();
        }
        out.send();
    }

    private void meetAll(ByteBuf in, int end) throws ProtocolException {
        while (end - at >= HEADER) {
            byte tag = in.getByte(at);
            long total = 1L + in.getInt(at + 1);
            if (total < HEADER) {
                throw broken("message '" + (char) tag + "' of " + (total - 1) + " bytes");
            }
            boolean swallow;
            if (tag == Backend.DATA_ROW || tag == Backend.COPY_DATA) {
                if (mayInsert()) { // before the first row, not between rows
                    out.run(in, runFrom, at);
                    runFrom = at;
                    insert();
                }
                swallow = ledger.isHeadSwallowed();
            } else {
                if (end - at < total && isLookedAt(tag) && total <= MAX_LOOKED_AT) {
                    break;
                }
                int stop = (int) Math.min(total, end - at);
                if (tag == Backend.ERROR_RESPONSE
                        && end - at >= total
                        && relay.replay().heals(in, at + HEADER, at + stop, heard())) {
                    out.takeBack();
                    at += stop;
                    runFrom = at;
                    continue;
                }
                if ((mayInsert() && !isOfNobody(tag)) || mayWrite(tag)) {
                    out.run(in, runFrom, at);
                    runFrom = at;
                    insert();
                }
                swallow = swallows(in, tag, at + HEADER, at + stop);
            }
            int step = (int) Math.min(total, end - at);
            if (swallow) {
                out.run(in, runFrom, at);
                runFrom = at + step;
            } else {
                told = true;
            }
            bodyLeft = total - step;
            swallowBody = swallow;
            at += step;
        }
    }

    /// Whether something of ours may be told before the message.
    private boolean mayWrite(byte tag) {
        return tag == Backend.ERROR_RESPONSE
                || (tag == Backend.READY_FOR_QUERY && relay.parameters().hasUntold());
    }

    /// Whether it answers a Sync that is not in the ledger any more, and so comes before what the ledger has.
    private boolean isOfNobody(byte tag) {
        return tag == Backend.READY_FOR_QUERY && copyIn.isUnsettled();
    }

    /// Tags whose content decides something: they are read when they are whole.
    private static boolean isLookedAt(byte tag) {
        return switch (tag) {
            case Backend.READY_FOR_QUERY, Backend.COMMAND_COMPLETE, Backend.ERROR_RESPONSE, Backend.PARAMETER_STATUS ->
                true;
            default -> false;
        };
    }

    /// Whether the head of the ledger is nothing that PostgreSQL answers.
    private boolean mayInsert() {
        byte head = ledger.head();
        return head == Ledger.SYNTHESIZE || head == Ledger.COPY_END;
    }

    /// Says what is to be said in PostgreSQL's place before its next answer.
    void insert() {
        while (mayInsert()) {
            var note = ledger.headNote();
            if (note != null && note.answer != null) {
                out.space(note.answer.length).writeBytes(note.answer);
                told = true;
            }
            ledger.pop();
        }
    }

    /// Meets one message with the ledger.
    ///
    /// @return whether the client does not get it
    private boolean swallows(ByteBuf in, byte tag, int body, int end) throws ProtocolException {
        boolean swallow = ledger.isHeadSwallowed();
        boolean atAnyTime = tag == Backend.NOTICE_RESPONSE
                || tag == Backend.PARAMETER_STATUS
                || tag == Backend.NOTIFICATION_RESPONSE;
        sawReady &= atAnyTime;
        if (!atAnyTime && tag != Backend.READY_FOR_QUERY) {
            copyIn.settled();
        }
        switch (tag) {
            case Backend.PARSE_COMPLETE -> answered(Ledger.PARSE);
            case Backend.BIND_COMPLETE -> {
                noteDirt();
                answered(Ledger.BIND);
            }
            case Backend.CLOSE_COMPLETE -> {
                return closed() || swallow;
            }
            case Backend.ROW_DESCRIPTION, Backend.NO_DATA -> {
                if (ledger.head() == Ledger.DESCRIBE) {
                    ledger.pop();
                }
            }
            case Backend.COMMAND_COMPLETE -> {
                boolean told = commandComplete(in, body, end);
                executed();
                if (!told) {
                    refuseToListen(in);
                    return true;
                }
            }
            case Backend.EMPTY_QUERY_RESPONSE, Backend.PORTAL_SUSPENDED -> executed();
            case Backend.READY_FOR_QUERY -> ready(in.getByte(body));
            case Backend.ERROR_RESPONSE -> {
                return error(in, body, end, swallow);
            }
            case Backend.PARAMETER_STATUS -> {
                return !isToldParameter(in, body, end, swallow);
            }
            case Backend.COPY_IN_RESPONSE -> copyIn.begins();
            case Backend.COPY_BOTH_RESPONSE -> throw broken("replication is not supported by the pooler");
            case Backend.NOTIFICATION_RESPONSE -> {
                return false;
            }
            default -> {}
        }
        return swallow;
    }

    private void answered(byte kind) throws ProtocolException {
        if (ledger.head() != kind) {
            throw broken("answer out of order: expected " + ledger);
        }
        ledger.pop();
    }

    /// @return whether it was our own mark that was answered
    private boolean closed() throws ProtocolException {
        boolean marks = ledger.head() == Ledger.MARK;
        answered(marks ? Ledger.MARK : Ledger.CLOSE);
        sawReady |= marks;
        return marks;
    }

    private void executed() {
        copyIn.completed();
        if (ledger.head() == Ledger.EXECUTE) {
            ledger.pop();
        }
    }

    private void ready(byte status) throws ProtocolException {
        byte head = ledger.head();
        if (head == Ledger.MARK) {
            relay.outward().heardSync();
            return;
        }
        boolean ours = false;
        boolean ofChannels = false;
        if (!copyIn.takesReady()) {
            if (head != Ledger.SYNC && head != Ledger.QUERY && head != Ledger.FUNCTION) {
                throw broken("ReadyForQuery out of order: expected " + ledger);
            }
            ours = ledger.isHeadSwallowed();
            ofChannels = Note.CHANNELS.equals(ledger.headNote());
            if (head == Ledger.QUERY) {
                noteDirt();
            }
            ledger.pop();
            copyIn.completed();
        }
        if (ours) {
            relay.readyUnheard(status);
            sawReady |= ofChannels;
        } else {
            var news = relay.parameters().ready();
            if (news != null) {
                news.forEach((name, value) -> BackendWriter.parameterStatus(out.space(64), name, value));
            }
            sawReady = true;
            relay.ready(status);
        }
    }

    /// @return whether the client may be told
    private boolean commandComplete(ByteBuf in, int body, int end) {
        if (ledger.isHeadSwallowed()) {
            // What we do ourselves is in the books already, but for an answer of ours.
            if (Note.CHANNELS.equals(ledger.headNote()) && CommandTag.isSelectNone(in, body, end)) {
                relay.held().dirt().remove(Dirt.LISTENS);
            }
            return true;
        }
        var dirt = relay.held().dirt();
        switch (CommandTag.of(in, body, end)) {
            case OTHER -> {}
            case UNLISTEN -> relay.pin().unlistens();
            case SET -> {
                if (mayLeaveSettings()) {
                    dirt.add(Dirt.SETTINGS);
                }
                var _ = noteResets();
            }
            case RESET -> {
                if (!noteResets()) {
                    dirt.add(Dirt.SETTINGS);
                }
            }
            case LISTEN -> {
                dirt.add(Dirt.LISTENS);
                return relay.pin().listens();
            }
            case LOAD -> dirt.add(Dirt.LIBRARIES);
            case PREPARE -> dirt.add(Dirt.STATEMENTS);
            case COMMIT -> dirt.committed();
            case ROLLBACK -> dirt.rolledBack();
            case DEALLOCATE_ALL -> relay.statementsForgotten();
            case DISCARD_ALL -> relay.discardedAll();
        }
        return true;
    }

    /// The server should stay with the client that listens, but too many do already. What it began to listen to is
    /// taken back when the server goes.
    private void refuseToListen(ByteBuf in) {
        out.run(in, runFrom, at);
        runFrom = at;
        BackendWriter.error(
                out.space(256),
                PgError.error(
                                "53400",
                                "LISTEN is refused: " + relay.pin().most()
                                        + " servers of the pool stay with their clients already")
                        .withHint("Raise max_pinned_servers, or listen through a pool in session mode."));
        relay.traffic().error("53400");
    }

    /// Whether a SET of the head's text may outlive its transaction unseen.
    private boolean mayLeaveSettings() {
        var note = ledger.headNote();
        int known = note == null ? 0 : note.leaves;
        int harmless = relay.syncsParameters()
                ? DirtScan.ONLY_SET_LOCAL | DirtScan.ONLY_SET_REPORTED
                : DirtScan.ONLY_SET_LOCAL;
        return (known & harmless) == 0;
    }

    /// What the head's text was seen to leave is there now.
    private void noteDirt() {
        var note = ledger.headNote();
        if (note != null && note.leaves != 0 && !ledger.isHeadSwallowed()) {
            var dirt = relay.held().dirt();
            if ((note.leaves & DirtScan.LASTS) != 0) {
                dirt.addLasting(note.leaves & Dirt.ALL);
            } else {
                dirt.add(note.leaves & Dirt.ALL);
            }
        }
    }

    /// Whether a message that is looked at is all there; one that is too long for that passes as it comes.
    private static boolean isWhole(ByteBuf in, int body, int end) {
        return in.getInt(body - 4) == end - body + 4;
    }

    /// The head's text reset something.
    ///
    /// @return whether it is known what
    private boolean noteResets() {
        var note = ledger.headNote();
        if (note == null || note.resets == null) {
            return false;
        }
        relay.parametersReset(note.resets);
        return true;
    }

    private boolean isToldParameter(ByteBuf in, int body, int end, boolean swallow) throws ProtocolException {
        if (!isWhole(in, body, end)) {
            relay.held().dirt().addLasting(Dirt.SETTINGS); // its value is not kept, so the server must lose it
            return !swallow;
        }
        var message = in.slice(body, end - body);
        var name = CString.read(message);
        var value = CString.read(message);
        var held = relay.held();
        if (swallow) {
            // The client's own wish comes back from the server: the client was told at its login.
            held.reported().put(name, value);
            return Note.SYNC.equals(ledger.headNote()) && relay.parameters().corrected(name, value);
        }
        held.noteParameter(name, value);
        return relay.parameters().reported(name, value, held.defaultOf(name));
    }

    private boolean error(ByteBuf in, int body, int end, boolean swallow) throws ProtocolException {
        var state = ErrorFields.field(in, body, end, 'C');
        var severity = ErrorFields.field(in, body, end, 'V');
        boolean fatal = severity.equals("FATAL") || severity.equals("PANIC");
        farewell |= fatal;
        byte head = ledger.head();
        if (!fatal && swallow && Note.BEGIN.equals(ledger.headNote())) {
            return true;
        }
        relay.traffic().error(state);
        relay.failed();
        boolean inDoubt = copyIn.failed(head == Ledger.QUERY) && !fatal;
        byte[] reason = fatal || !state.equals(SqlState.QUERY_CANCELED) ? null : cancelReason();
        if (reason != null && !swallow && (head == Ledger.QUERY || head == Ledger.FUNCTION)) {
            out.space(reason.length).writeBytes(reason);
            return true;
        }
        if (fatal || head == Ledger.NONE || head == Ledger.SYNC || head == Ledger.FUNCTION) {
            return false;
        }
        if (head == Ledger.QUERY) {
            if (swallow) {
                // The settings that the client asked for were refused: it cannot be served as it wants.
                throw new ProtocolException(PgError.fatal(state, ErrorFields.field(in, body, end, 'M')));
            }
            if (inDoubt) {
                copyIn.ask(false);
            }
            return false;
        }
        var note = ledger.headNote();
        byte[] ours = note != null && state.equals(SqlState.DUPLICATE_STATEMENT) ? note.answer : null;
        if (copyIn.isUnsettled()) {
            ledger.pop(); // a Sync that nobody counts any more ends what PostgreSQL skips
        } else {
            relay.undoToSync(); // and with it the names that later messages took
        }
        if (inDoubt) {
            copyIn.ask(true);
        }
        // A Parse that PostgreSQL could not even read has dropped nothing.
        if (head == Ledger.PARSE && note != null && !state.equals(SqlState.PROTOCOL_VIOLATION)) {
            relay.unnamedLost(note);
        }
        if (ours == null) {
            ours = reason;
        }
        byte[] instead = ours == null ? inClientsWords(in, body, end) : ours;
        if (instead != null) {
            out.space(instead.length).writeBytes(instead);
        }
        return instead != null;
    }

    /// Why the pooler itself cancelled the query, as a message for the client, or null.
    private byte @Nullable [] cancelReason() {
        var reason = relay.cancelReason();
        if (reason == null) {
            return null;
        }
        var message = out.space(0).alloc().buffer(256);
        BackendWriter.error(message, reason);
        var bytes = new byte[message.readableBytes()];
        message.readBytes(bytes);
        message.release();
        return bytes;
    }

    /// PostgreSQL's error with the statement's name as the client knows it, or null where it names none.
    private byte @Nullable [] inClientsWords(ByteBuf in, int body, int end) {
        if (!isWhole(in, body, end)) {
            return null;
        }
        var text = in.toString(body, end - body, StandardCharsets.ISO_8859_1);
        var told = relay.statements().inClientsWords(text);
        if (told.equals(text)) {
            return null;
        }
        return ByteBuffer.allocate(HEADER + told.length())
                .put(Backend.ERROR_RESPONSE)
                .putInt(told.length() + 4)
                .put(told.getBytes(StandardCharsets.ISO_8859_1))
                .array();
    }

    private static ProtocolException broken(String what) {
        return new ProtocolException(
                PgError.fatal(SqlState.CONNECTION_FAILURE, "unexpected answer of the server: " + what));
    }

    void close() {
        carry.release();
        bodyLeft = 0;
        sawReady = false;
    }
}
