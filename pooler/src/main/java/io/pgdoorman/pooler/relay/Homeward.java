package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.session.Dirt;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.CString;
import io.pgdoorman.pooler.wire.Carry;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;

/// Reads what PostgreSQL sends and meets it with the ledger: forwarded in runs, swallowed, or preceded by what we
/// synthesize. Rows and COPY data never touch the ledger. Belongs to the event loop.
final class Homeward {
    /// Messages that are looked at are small, except errors, which may quote a query.
    private static final int MAX_LOOKED_AT = 1024 * 1024;

    /// A value that is kept for each client, such as a `search_path`, is not as long as this.
    private static final int MAX_PARAMETER = 8 * 1024;

    private static final int HEADER = 5;

    private final Relay relay;
    private final Ledger ledger;
    private final Outbox out;
    private final Carry carry = new Carry();
    private long bodyLeft;
    private boolean swallowBody;
    /// Whether the client heard anything in this lease.
    private boolean told;

    private long passedBefore;

    /// ReadyForQuery came, and nothing after it but what PostgreSQL may say at any time.
    private boolean sawReady;

    // Where the walk is; of no meaning between two calls of feed.
    private int at;
    private int runFrom;

    private final CopyIn copyIn;
    private final Leavings leavings;
    private final ErrorAnswers errors;
    private final Descriptions descriptions;

    Homeward(Relay relay) {
        this.relay = relay;
        this.ledger = relay.ledger();
        this.out = relay.toClient();
        this.copyIn = relay.copyIn();
        this.leavings = new Leavings(relay);
        this.errors = new ErrorAnswers(relay);
        this.descriptions = new Descriptions(relay);
    }

    /// Whether a FATAL error of PostgreSQL was passed on: the client needs no other.
    boolean isFarewellTold() {
        return errors.isFarewell();
    }

    /// Whether the last that PostgreSQL said is ReadyForQuery: then the lease may end, now or when the client
    /// is through with a message that counts for nothing. What follows it belongs to this client.
    boolean isAtBoundary() {
        return sawReady && bodyLeft == 0 && carry.isEmpty();
    }

    void leaseBegan() {
        descriptions.startOver();
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
        if (bodyLeft == 0) {
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
                if (mayInsert() || mayWrite(tag)) {
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

    /// Tags whose content decides something: they are read when they are whole.
    private boolean isLookedAt(byte tag) {
        return switch (tag) {
            case Backend.READY_FOR_QUERY, Backend.COMMAND_COMPLETE, Backend.ERROR_RESPONSE, Backend.PARAMETER_STATUS ->
                true;
            case Backend.ROW_DESCRIPTION, Backend.PARAMETER_DESCRIPTION -> descriptions.areRowsAwaited();
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
        switch (tag) {
            case Backend.PARSE_COMPLETE -> answered(Ledger.PARSE);
            case Backend.BIND_COMPLETE -> {
                leavings.noteDirt();
                answered(Ledger.BIND);
            }
            case Backend.CLOSE_COMPLETE -> {
                return closed() || swallow;
            }
            case Backend.PARAMETER_DESCRIPTION -> descriptions.parameters(in, body, end);
            case Backend.ROW_DESCRIPTION, Backend.NO_DATA -> {
                if (ledger.head() == Ledger.DESCRIBE) {
                    descriptions.result(in, body, end, tag == Backend.ROW_DESCRIPTION);
                    ledger.pop();
                }
            }
            case Backend.COMMAND_COMPLETE -> {
                boolean told = leavings.commandComplete(in, body, end);
                executed();
                if (!told) {
                    refuseToListen(in);
                    return true;
                }
            }
            case Backend.EMPTY_QUERY_RESPONSE, Backend.PORTAL_SUSPENDED -> executed();
            case Backend.READY_FOR_QUERY -> ready(in.getByte(body));
            case Backend.ERROR_RESPONSE -> {
                return errors.swallows(in, body, end, swallow);
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
        if (head != Ledger.SYNC && head != Ledger.QUERY && head != Ledger.FUNCTION) {
            throw broken("ReadyForQuery out of order: expected " + ledger);
        }
        boolean ours = ledger.isHeadSwallowed();
        boolean ofChannels = Note.CHANNELS.equals(ledger.headNote());
        if (head == Ledger.QUERY) {
            leavings.noteDirt();
        }
        ledger.pop();
        copyIn.completed();
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

    private boolean isToldParameter(ByteBuf in, int body, int end, boolean swallow) throws ProtocolException {
        if (end - body > MAX_PARAMETER || !isWhole(in, body, end)) {
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
        boolean told = relay.parameters().reported(name, value, held.defaultOf(name));
        if (told) {
            relay.owner().parameterChanged(name, value);
        }
        return told;
    }

    /// Whether a message that is looked at is all there; one that is too long for that passes as it comes.
    static boolean isWhole(ByteBuf in, int body, int end) {
        return in.getInt(body - 4) == end - body + 4;
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
