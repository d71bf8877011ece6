package io.pgdoorman.pooler.prepare;

import io.pgdoorman.pooler.stats.StatementMemory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A prepared statement shared by all clients that prepared the same text with the same parameter types.
///
/// Belongs to one event loop. Identity counts: two statements are never equal unless they are the same object, and a
/// name is used once.
public final class Statement {
    /// Of its own, beside its text: itself, its name, and what it takes to find it.
    private static final int OVERHEAD = 200;

    private final byte[] name;
    private final byte[] tail;
    private final long scope;
    private final int dirt;
    private final StatementMemory.Text memory;
    private boolean isRetired;
    private boolean isDescribed;
    private byte @Nullable [] parameters;
    private long shape = ResultShape.UNKNOWN;
    private byte @Nullable [] types;
    private long uses = 1;
    private long usedNanos;

    Statement(String name, byte[] tail, long scope, int dirt, StatementMemory memory) {
        this.scope = scope;
        this.memory = memory.text(size(tail.length));
        this.name = name.getBytes(StandardCharsets.US_ASCII);
        this.tail = tail;
        this.dirt = dirt;
    }

    /// Bytes of the heap that a statement with such a tail takes.
    static int size(int tail) {
        return tail + OVERHEAD;
    }

    /// What it takes, and by how many it is held.
    StatementMemory.Text memory() {
        return memory;
    }

    /// The name that servers know it by; do not change the array.
    public byte[] name() {
        return name;
    }

    /// What follows the name in its Parse: query text, NUL, number of parameter types, types; do not change the array.
    public byte[] tail() {
        return tail;
    }

    /// The settings under which its text means what it means here, see [PlannerScope].
    public long scope() {
        return scope;
    }

    /// What its execution may leave in a session, in the bits of DirtScan.
    public int dirt() {
        return dirt;
    }

    void usedAt(long nanos) {
        usedNanos = nanos;
    }

    /// When a client prepared or ran it last, to the second.
    public long usedNanos() {
        return usedNanos;
    }

    /// A client prepared it once more.
    void used() {
        uses++;
    }

    /// How often clients have prepared it.
    public long uses() {
        return uses;
    }

    /// PostgreSQL described it.
    ///
    /// @param saidParameters its ParameterDescription, if it has no result; else null
    public void described(byte @Nullable [] saidParameters) {
        isDescribed = true;
        parameters = saidParameters;
    }

    /// Whether it is known if it has a result.
    public boolean isDescribed() {
        return isDescribed;
    }

    /// Its ParameterDescription if it is known to have no result; do not change the array.
    public byte @Nullable [] parametersWithoutResult() {
        return parameters;
    }

    /// What its parameters and rows are like on all servers that know it, see [ResultShape]: one whose tables were
    /// changed since refuses it, as PostgreSQL refuses a statement whose result changed.
    public long shape() {
        return shape;
    }

    /// PostgreSQL described it for the first time.
    ///
    /// @param foundTypes the body of its ParameterDescription
    public void analysed(long itsShape, byte[] foundTypes) {
        shape = itsShape;
        int text = tail.length - foundTypes.length;
        boolean areDeclared = text > 0 && Arrays.equals(tail, text, tail.length, foundTypes, 0, foundTypes.length);
        types = areDeclared ? null : foundTypes;
    }

    /// What follows the name in a Parse that makes it what it is elsewhere: with the types of parameters that
    /// PostgreSQL found there, as it keeps these when it plans anew, and clients send values of them. A table that
    /// was changed since may suggest others.
    public byte[] analysedTail() {
        byte[] found = types;
        if (found == null) {
            return tail;
        }
        int text = 0;
        while (tail[text] != 0) {
            text++;
        }
        byte[] analysed = Arrays.copyOf(tail, text + 1 + found.length);
        System.arraycopy(found, 0, analysed, text + 1, found.length);
        return analysed;
    }

    /// Whoever prepares the same text from now on gets another statement.
    public void retire() {
        isRetired = true;
    }

    public boolean isRetired() {
        return isRetired;
    }

    @Override
    public String toString() {
        return new String(name, StandardCharsets.US_ASCII);
    }
}
