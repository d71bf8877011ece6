package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.prepare.Statement;
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

    final byte @Nullable [] clientName;
    final @Nullable Statement parsed;
    final @Nullable Statement evicted;
    final byte @Nullable [] answer;

    /// What the name meant before; an error in an earlier batch may correct it.
    @Nullable
    Statement before;

    /// What the message may leave in the session, and what is known of its SETs, in the bits of DirtScan.
    int leaves;

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

    /// A Close that makes room on the server.
    static Note evicted(Statement statement) {
        return new Note(null, null, null, statement, null);
    }

    /// The server will refuse; the client gets this error instead of the server's words.
    static Note refused(byte[] answer) {
        return new Note(null, null, null, null, answer);
    }

    /// A text that may leave something behind; null when it is known to leave no more than its tag says.
    static @Nullable Note leaving(int found) {
        return found == 0 ? null : new Note(null, null, null, null, null).andLeaves(found);
    }

    /// This note, of a text that may leave something behind.
    Note andLeaves(int found) {
        leaves = found;
        return this;
    }
}
