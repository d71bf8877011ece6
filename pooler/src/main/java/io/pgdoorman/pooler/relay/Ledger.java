package io.pgdoorman.pooler.relay;

import io.pgdoorman.pooler.prepare.Statement;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The answers that PostgreSQL still owes for one lease, in order: each is to be *forwarded*, *swallowed*, or
/// *synthesized* in its place. A ring of bytes, so that a frame costs no allocation. Belongs to the event loop.
final class Ledger {
    /// Until ReadyForQuery.
    static final byte QUERY = 1;

    static final byte FUNCTION = 2;
    static final byte PARSE = 3;
    static final byte BIND = 4;
    static final byte DESCRIBE = 5;
    static final byte EXECUTE = 6;
    static final byte CLOSE = 7;
    static final byte SYNC = 8;

    /// The client's CopyDone or CopyFail; PostgreSQL owes nothing for it, but it divides the Syncs that are ignored in
    /// COPY IN from those that count.
    static final byte COPY_END = 9;

    /// Nothing was asked of the server; the note holds the answer.
    static final byte SYNTHESIZE = 10;

    /// Asked by us, to tell which answers came before.
    static final byte MARK = 11;

    static final byte NONE = 0;

    private static final byte SWALLOW = 0x40;
    private static final byte KIND = 0x3f;

    /// Entries of a long pipeline.
    private static final int USUAL = 1024;

    private byte[] kinds = new byte[16];
    private @Nullable Note[] notes = new Note[16];
    private @Nullable Statement[] statements = new Statement[16];
    private int head;
    private int size;

    /// How many entries came and went.
    private long answered;

    /// The place of the last Sync.
    private long lastSync = -1;

    /// How many ReadyForQuery are owed.
    private int readies;

    /// Whether something was asked of the server and no Sync behind it.
    private boolean unsynced;

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    void forward(byte kind, @Nullable Note note) {
        add(kind, note);
    }

    /// As [#forward(byte, Note)], for a message that uses this statement.
    void forward(byte kind, @Nullable Note note, @Nullable Statement used) {
        add(kind, note);
        statements[(head + size - 1) & (kinds.length - 1)] = used;
    }

    /// The statement that the first message uses to which PostgreSQL owes an answer, or null.
    @Nullable
    Statement firstUsed() {
        for (int i = 0; i < size; i++) {
            int at = (head + i) & (kinds.length - 1);
            byte kind = (byte) (kinds[at] & KIND);
            if (kind != SYNTHESIZE && kind != COPY_END) {
                return statements[at];
            }
        }
        return null;
    }

    /// Whether PostgreSQL owes nothing: all that is to be said is ours to say.
    boolean owesNoAnswer() {
        return hasOnly(0, SYNTHESIZE);
    }

    /// Whether nothing but Syncs and the end of a COPY follows the head.
    boolean owesOnlySyncsBehindHead() {
        return hasOnly(1, SYNC);
    }

    private boolean hasOnly(int from, byte kind) {
        for (int i = from; i < size; i++) {
            int is = kinds[(head + i) & (kinds.length - 1)] & KIND;
            if (is != kind && is != COPY_END) {
                return false;
            }
        }
        return true;
    }

    /// Whether what is owed is one batch with its Sync.
    boolean isOneBatch() {
        return readies == 1 && size > 0 && kinds[(head + size - 1) & (kinds.length - 1)] == SYNC;
    }

    /// The client does not get the answer to the first entry after all.
    void swallowHead() {
        kinds[head] |= SWALLOW;
    }

    void swallow(byte kind, @Nullable Note note) {
        add((byte) (kind | SWALLOW), note);
    }

    /// A Describe of ours.
    void swallowDescription(Statement of, Note note) {
        forward((byte) (DESCRIBE | SWALLOW), note, of);
    }

    /// The place of the next entry, counted from the client's first.
    long place() {
        return answered + size;
    }

    /// Whether an error may still undo the entry at `place`, and what is planned now would go on behind a Sync: then
    /// nobody knows yet which state it will meet. In its own batch an error skips both.
    boolean isOpen(long place) {
        return place >= answered && place < lastSync;
    }

    /// Counts on from there; nothing is owed.
    void goOnFrom(long place) {
        answered = Math.max(answered, place);
    }

    /// Whether it grew far beyond what clients mostly ask at once.
    boolean isLarge() {
        return kinds.length > USUAL;
    }

    /// The place of the entry that is answered next.
    long headPlace() {
        return answered;
    }

    /// Whether the entry at `place` is not answered yet.
    boolean isOwed(long place) {
        return place >= answered;
    }

    /// Whether a Sync is not answered yet.
    boolean owesSync() {
        return lastSync >= answered;
    }

    private void add(byte entry, @Nullable Note note) {
        if (size == kinds.length) {
            grow();
        }
        int at = (head + size) & (kinds.length - 1);
        kinds[at] = entry;
        notes[at] = note;
        count((byte) (entry & KIND), 1);
        noteSync((byte) (entry & KIND));
        size++;
    }

    private void noteSync(byte kind) {
        switch (kind) {
            case PARSE, BIND, DESCRIBE, EXECUTE, CLOSE -> unsynced = true;
            case SYNC, QUERY, FUNCTION -> unsynced = false;
            default -> {}
        }
    }

    /// Whether PostgreSQL is in a transaction of its own that the client's next Sync, or query, will commit.
    boolean isUnsynced() {
        return unsynced;
    }

    private void count(byte kind, int change) {
        if (kind == SYNC) {
            lastSync = change > 0 ? place() : lastSync;
            readies += change;
        } else if (kind == QUERY || kind == FUNCTION) {
            readies += change;
        }
    }

    /// Whether PostgreSQL still has to say ReadyForQuery.
    boolean owesReady() {
        return readies > 0;
    }

    byte head() {
        return size == 0 ? NONE : (byte) (kinds[head] & KIND);
    }

    boolean isHeadSwallowed() {
        return size != 0 && (kinds[head] & SWALLOW) != 0;
    }

    /// The statement that the head uses, or null.
    @Nullable
    Statement headStatement() {
        return statements[head];
    }

    @Nullable
    Note headNote() {
        return notes[head];
    }

    void pop() {
        count(head(), -1);
        notes[head] = null;
        statements[head] = null;
        head = (head + 1) & (kinds.length - 1);
        size--;
        answered++;
    }

    /// The first notes that changed a name, by its bytes.
    Map<ByteBuffer, Note> firstNotes() {
        var first = new HashMap<ByteBuffer, Note>();
        for (int i = 0; i < size; i++) {
            var note = notes[(head + i) & (kinds.length - 1)];
            if (note != null && note.clientName != null) {
                first.putIfAbsent(ByteBuffer.wrap(note.clientName), note);
            }
        }
        return first;
    }

    /// The first note that changed the name, or null.
    @Nullable
    Note firstNoteOf(byte[] name) {
        for (int i = 0; i < size; i++) {
            var note = notes[(head + i) & (kinds.length - 1)];
            if (note != null && Arrays.equals(name, note.clientName)) {
                return note;
            }
        }
        return null;
    }

    /// An error skips everything up to the next Sync (PostgreSQL manual, "Extended Query").
    ///
    /// @param undo filled with the notes of what was skipped, in their order
    /// @return false when no Sync is on its way: the client's messages count for nothing until it sends one
    boolean dropToSync(List<Note> undo) {
        while (size > 0 && head() != SYNC) {
            var note = notes[head];
            if (note != null) {
                undo.add(note);
            }
            pop();
        }
        return size > 0;
    }

    /// What lies behind the entry for which PostgreSQL began COPY IN.
    ///
    /// @param ended whether the end of the copy is already on its way
    /// @param overrun whether a message is that PostgreSQL does not take in COPY IN
    /// @param ignored how many Syncs it ignores unless the copy failed before them
    record CopyStart(boolean ended, boolean overrun, int ignored) {}

    /// PostgreSQL began COPY IN for the head entry: it ignores Flush and Sync until the client ends the copy. A message
    /// that belongs to no copy is read after it failed, or ends the session, and so is all behind it.
    CopyStart beginCopyIn() {
        var kept = new ArrayList<Byte>();
        var keptNotes = new ArrayList<@Nullable Note>();
        var keptStatements = new ArrayList<@Nullable Statement>();
        boolean ended = false;
        boolean overrun = false;
        int ignored = 0;
        for (int i = 1; i < size; i++) {
            int at = (head + i) & (kinds.length - 1);
            byte kind = (byte) (kinds[at] & KIND);
            if (!ended && !overrun) {
                if (kind == SYNC) {
                    ignored++;
                    continue;
                }
                ended = kind == COPY_END;
                overrun = !ended;
                if (ended) {
                    continue;
                }
            }
            kept.add(kinds[at]);
            keptNotes.add(notes[at]);
            keptStatements.add(statements[at]);
        }
        answered += size - 1L - kept.size(); // so that the places of those behind stay what they were
        while (size > 1) {
            int last = (head + size - 1) & (kinds.length - 1);
            count((byte) (kinds[last] & KIND), -1);
            notes[last] = null;
            statements[last] = null;
            size--;
        }
        lastSync = -1;
        for (int i = 0; i < kept.size(); i++) {
            add(kept.get(i), keptNotes.get(i));
            statements[(head + size - 1) & (kinds.length - 1)] = keptStatements.get(i);
        }
        return new CopyStart(ended, overrun, ignored);
    }

    void clear() {
        while (size > 0) {
            pop();
        }
        unsynced = false;
    }

    private void grow() {
        var moreKinds = new byte[kinds.length * 2];
        @Nullable Note[] moreNotes = new Note[kinds.length * 2];
        @Nullable Statement[] moreStatements = new Statement[kinds.length * 2];
        for (int i = 0; i < size; i++) {
            int at = (head + i) & (kinds.length - 1);
            moreKinds[i] = kinds[at];
            moreNotes[i] = notes[at];
            moreStatements[i] = statements[at];
        }
        kinds = moreKinds;
        notes = moreNotes;
        statements = moreStatements;
        head = 0;
    }

    @Override
    public String toString() {
        var text = new StringBuilder("[");
        for (int i = 0; i < size; i++) {
            text.append(i == 0 ? "" : " ").append(kinds[(head + i) & (kinds.length - 1)]);
        }
        return text.append(']').toString();
    }
}
