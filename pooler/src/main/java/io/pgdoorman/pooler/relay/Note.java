package io.pgdoorman.pooler.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.prepare.Statement;
import io.pgdoorman.pooler.session.DirtScan;
import io.pgdoorman.pooler.session.Resets;
import io.pgdoorman.pooler.wire.BackendWriter;
import io.pgdoorman.pooler.wire.PgError;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a ledger entry changed in the statement maps, so that an error can take it back, and what is to be said in
/// PostgreSQL's place.
///
/// The maps are changed when a message is planned, since the next message of the same batch builds on it; PostgreSQL
/// confirms by answering, and an error undoes all that it skipped. What follows behind a Sync waits where it depends on
/// a change that is not confirmed, see [Ledger#isOpen(long)].
final class Note {
    /// The client's BEGIN, which it was answered before; it may be one that fails on purpose.
    static final Note BEGIN = new Note(null, null, null, null, null);

    /// Asks whether a channel is left that the client listens to.
    static final Note CHANNELS = new Note(null, null, null, null, null);

    /// A Parse of ours before a query that names what it prepares.
    static final Note NAMESAKE = new Note(null, null, null, null, null);

    /// A Describe whose answer is compared with what the client was told of the statement.
    static final Note COMPARING = new Note(null, null, null, null, null);

    /// Brings the server's parameters in line with the client's.
    static final Note SYNC = new Note(null, null, null, null, null);

    final byte @Nullable [] clientName;
    final @Nullable Statement parsed;
    final @Nullable Statement evicted;

    /// What the client is told instead of what PostgreSQL says.
    byte @Nullable [] answer;

    /// What the name meant before; an error in an earlier batch may correct it.
    @Nullable
    Statement before;

    /// What the message may leave in the session, and what is known of its SETs, in the bits of DirtScan.
    int leaves;

    /// What the text resets, where that is known.
    @Nullable
    Resets resets;

    /// What the text sets beside what PostgreSQL reports, where that is known.
    @Nullable
    Set<String> sets;

    /// What the text's DEALLOCATEs name, in turn.
    @Nullable
    Iterator<byte[]> deallocates;

    /// Of a Describe that tells whether a server analysed the statement as others did: the client's name for it, which
    /// means what this server says; nothing where the client relies on what others said.
    byte @Nullable [] described;

    /// Whether the text is too long to be searched for all that it names.
    boolean isSearchedInPart;

    private Note(
            byte @Nullable [] clientName,
            @Nullable Statement before,
            @Nullable Statement parsed,
            @Nullable Statement evicted,
            byte @Nullable [] answer) {
        this.clientName = clientName;
        this.before = before;
        this.parsed = parsed;
        this.evicted = evicted;
        this.answer = answer;
    }

    /// A Parse or Close of the client's that is answered by us.
    static Note answered(byte[] answer, byte[] clientName, @Nullable Statement before) {
        return new Note(clientName, before, null, null, answer);
    }

    /// A Parse of the client's that went to the server.
    static Note parsed(byte[] clientName, @Nullable Statement before, Statement parsed) {
        return new Note(clientName, before, parsed, null, null);
    }

    /// A message that changes what the name means, and nothing on the server.
    static Note named(byte[] clientName, @Nullable Statement before) {
        return new Note(clientName, before, null, null, null);
    }

    /// A Parse that we put before a Bind or Describe.
    static Note injected(Statement parsed) {
        return new Note(null, null, parsed, null, null);
    }

    /// A Describe whose answer is compared with what was said before; the client's name for the statement means what is
    /// said now.
    static Note comparing(byte[] clientName) {
        var note = new Note(null, null, null, null, null);
        note.described = clientName;
        return note;
    }

    /// A Close that makes room on the server.
    static Note evicted(Statement statement) {
        return new Note(null, null, null, statement, null);
    }

    /// A message of the client's that is answered by us and changed nothing else.
    static Note answered(byte[] answer) {
        return new Note(null, null, null, null, answer);
    }

    /// The server will refuse; the client gets this error instead of the server's words.
    static Note refused(String state, byte[] name, String why) {
        return refused(
                PgError.error(state, "prepared statement \"" + new String(name, StandardCharsets.UTF_8) + "\" " + why));
    }

    /// The server will refuse; the client gets this error instead of the server's words.
    static Note refused(PgError instead) {
        return answered(message(instead));
    }

    private static byte[] message(PgError error) {
        var message = Unpooled.buffer(128);
        BackendWriter.error(message, error);
        var bytes = new byte[message.readableBytes()];
        message.readBytes(bytes);
        return bytes;
    }

    /// If a failed transaction makes the server refuse, the client gets this error instead.
    void refusedAnyhow(@Nullable PgError instead) {
        answer = instead == null ? null : message(instead);
    }

    /// What is known of a text; null when it leaves no more than its tag says.
    static @Nullable Note ofText(int found, ByteBuf text, int from, int end) {
        if (found == 0) {
            return null;
        }
        var note = new Note(null, null, null, null, null);
        note.leaves = found;
        note.resets = (found & DirtScan.RESETS) == 0 ? null : DirtScan.resets(text, from, end);
        note.sets = (found & DirtScan.SETS_KNOWN) == 0 ? null : DirtScan.sets(text, from, end);
        return note;
    }

    /// This note, with what is known of the message's text.
    Note and(@Nullable Note ofText) {
        if (ofText != null) {
            leaves = ofText.leaves;
            resets = ofText.resets;
            sets = ofText.sets;
            deallocates = ofText.deallocates;
            isSearchedInPart = ofText.isSearchedInPart;
        }
        return this;
    }
}
