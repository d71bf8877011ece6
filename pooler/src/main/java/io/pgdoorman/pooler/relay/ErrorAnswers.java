package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.wire.Backend;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.ErrorFields;
import io.pgdoorman.pooler.wire.PgError;
import io.pgdoorman.pooler.wire.ProtocolException;
import io.pgdoorman.pooler.wire.SqlState;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What an error of PostgreSQL's undoes in the books, and in whose words the client hears of it. Belongs to the
/// event loop.
final class ErrorAnswers {
    private final Relay relay;
    private final Ledger ledger;
    private final Outbox out;
    private final CopyIn copyIn;
    private boolean farewell;

    ErrorAnswers(Relay relay) {
        this.relay = relay;
        this.ledger = relay.ledger();
        this.out = relay.toClient();
        this.copyIn = relay.copyIn();
    }

    /// Whether a FATAL error was passed on.
    boolean isFarewell() {
        return farewell;
    }

    /// @param swallow whether the client is not to hear of it
    /// @return whether it does not get PostgreSQL's words: it gets others, or none
    boolean swallows(ByteBuf in, int body, int end, boolean swallow) throws ProtocolException {
        var state = ErrorFields.field(in, body, end, 'C');
        var severity = ErrorFields.field(in, body, end, 'V');
        boolean fatal = severity.equals("FATAL") || severity.equals("PANIC");
        farewell |= fatal;
        byte head = ledger.head();
        if (!fatal && swallow && Note.BEGIN.equals(ledger.headNote())) {
            return true;
        }
        if (!fatal && swallow && Note.CHANNELS.equals(ledger.headNote())) {
            return true; // a late cancel of the client's: the server stays with it, as after an answer
        }
        relay.traffic().error(state);
        relay.failed();
        boolean inDoubt = copyIn.failed() && !fatal;
        var violation = copyIn.violation(ErrorFields.field(in, body, end, 'M'));
        if (violation != null) {
            throw new ProtocolException(violation);
        }
        byte[] reason = fatal || !state.equals(SqlState.QUERY_CANCELED) ? null : cancelReason();
        if (reason != null && !swallow && (head == Ledger.QUERY || head == Ledger.FUNCTION)) {
            out.space(reason.length).writeBytes(reason);
            return true;
        }
        if (fatal || head == Ledger.NONE || head == Ledger.SYNC || head == Ledger.FUNCTION) {
            return false;
        }
        if (swallow && (head == Ledger.QUERY || Note.SYNC.equals(ledger.headNote()))) {
            // The settings that the client asked for were refused: it cannot be served as it wants.
            throw new ProtocolException(PgError.fatal(state, ErrorFields.field(in, body, end, 'M')));
        }
        if (Note.NAMESAKE.equals(ledger.headNote())) {
            relay.undo().answersQuery();
            return false;
        }
        if (head == Ledger.QUERY) {
            if (inDoubt) {
                copyIn.ask(false);
            }
            return tellsHowFarItLooked(in, body, end, state);
        }
        var note = ledger.headNote();
        byte[] ours = note != null && (isOfName(state) || isTooLate(note, state)) ? note.answer : null;
        relay.undo().toSync(); // and with it the names that later messages took
        if (inDoubt) {
            copyIn.ask(true);
        }
        if (head == Ledger.PARSE) {
            relay.outward().parseFailed();
        }
        // A Parse that PostgreSQL could not even read has dropped nothing.
        if (head == Ledger.PARSE && note != null && !state.equals(SqlState.PROTOCOL_VIOLATION)) {
            relay.undo().unnamedLost(note);
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

    /// A statement that the client prepared by protocol is not there for SQL, as its name was not sought so far behind.
    private boolean tellsHowFarItLooked(ByteBuf in, int body, int end, String state) {
        var note = ledger.headNote();
        if (note == null || !note.isSearchedInPart || !state.equals(SqlState.INVALID_STATEMENT_NAME)) {
            return false;
        }
        BackendWriter.error(
                out.space(256),
                PgError.error(state, ErrorFields.field(in, body, end, 'M'))
                        .withHint("What was prepared by protocol is found by SQL if a query names it in its first "
                                + Outward.MAX_SEARCHED + " bytes."));
        return true;
    }

    /// Whether it is about a name, of which PostgreSQL knows another than the client.
    private static boolean isOfName(String state) {
        return state.equals(SqlState.DUPLICATE_STATEMENT) || state.equals(SqlState.INVALID_STATEMENT_NAME);
    }

    /// Whether the transaction had failed when a Parse of ours came, before what would have been refused anyhow.
    private static boolean isTooLate(Note note, String state) {
        return note.parsed != null && state.equals(SqlState.FAILED_TRANSACTION);
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
        if (!Homeward.isWhole(in, body, end)) {
            return null;
        }
        var text = in.toString(body, end - body, StandardCharsets.ISO_8859_1);
        var told = relay.statements().inClientsWords(text);
        if (told.equals(text)) {
            return null;
        }
        return ByteBuffer.allocate(Frame.HEADER + told.length())
                .put(Backend.ERROR_RESPONSE)
                .putInt(told.length() + 4)
                .put(told.getBytes(StandardCharsets.ISO_8859_1))
                .array();
    }
}
