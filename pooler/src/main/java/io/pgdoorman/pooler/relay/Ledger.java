package io.pgdoorman.pooler.relay;

import java.util.ArrayList;
import java.util.List;
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

    static final byte NONE = 0;

    private static final byte SWALLOW = 0x40;
    private static final byte KIND = 0x3f;

    private byte[] kinds = new byte[16];
    private @Nullable Note[] notes = new Note[16];
    private int head;
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    void forward(byte kind, @Nullable Note note) {
        add(kind, note);
    }

    void swallow(byte kind, @Nullable Note note) {
        add((byte) (kind | SWALLOW), note);
    }

    private void add(byte entry, @Nullable Note note) {
        if (size == kinds.length) {
            grow();
        }
        int at = (head + size) & (kinds.length - 1);
        kinds[at] = entry;
        notes[at] = note;
        size++;
    }

    /// Whether PostgreSQL still has to say ReadyForQuery.
    boolean owesReady() {
        for (int i = 0; i < size; i++) {
            byte kind = (byte) (kinds[(head + i) & (kinds.length - 1)] & KIND);
            if (kind == SYNC || kind == QUERY || kind == FUNCTION) {
                return true;
            }
        }
        return false;
    }

    byte head() {
        return size == 0 ? NONE : (byte) (kinds[head] & KIND);
    }

    boolean isHeadSwallowed() {
        return size != 0 && (kinds[head] & SWALLOW) != 0;
    }

    @Nullable
    Note headNote() {
        return notes[head];
    }

    void pop() {
        notes[head] = null;
        head = (head + 1) & (kinds.length - 1);
        size--;
    }

    /// An error skips everything up to the next Sync (PostgreSQL manual, "Extended Query").
    ///
    /// @param undo filled with the notes of what was skipped, latest first
    /// @return false when no Sync is on its way: the client's messages count for nothing until it sends one
    boolean dropToSync(List<Note> undo) {
        while (size > 0 && head() != SYNC) {
            var note = notes[head];
            if (note != null) {
                undo.addFirst(note);
            }
            pop();
        }
        return size > 0;
    }

    /// PostgreSQL began COPY IN for the head entry: it ignores Flush and Sync until the client ends the copy.
    ///
    /// @return whether the end of the copy is already on its way
    boolean beginCopyIn() {
        var kept = new ArrayList<Byte>();
        var keptNotes = new ArrayList<@Nullable Note>();
        boolean ended = false;
        for (int i = 1; i < size; i++) {
            int at = (head + i) & (kinds.length - 1);
            byte kind = (byte) (kinds[at] & KIND);
            if (!ended && kind == SYNC) {
                continue;
            }
            if (!ended && kind == COPY_END) {
                ended = true;
                continue;
            }
            kept.add(kinds[at]);
            keptNotes.add(notes[at]);
        }
        while (size > 1) {
            int last = (head + size - 1) & (kinds.length - 1);
            notes[last] = null;
            size--;
        }
        for (int i = 0; i < kept.size(); i++) {
            add(kept.get(i), keptNotes.get(i));
        }
        return ended;
    }

    void clear() {
        while (size > 0) {
            pop();
        }
    }

    private void grow() {
        var moreKinds = new byte[kinds.length * 2];
        @Nullable Note[] moreNotes = new Note[kinds.length * 2];
        for (int i = 0; i < size; i++) {
            int at = (head + i) & (kinds.length - 1);
            moreKinds[i] = kinds[at];
            moreNotes[i] = notes[at];
        }
        kinds = moreKinds;
        notes = moreNotes;
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
