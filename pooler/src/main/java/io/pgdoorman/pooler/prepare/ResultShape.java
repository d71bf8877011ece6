package io.pgdoorman.pooler.prepare;

import io.netty.buffer.ByteBuf;
import io.pgdoorman.pooler.wire.CString;

/// What the parameters and rows of a statement are like, as one number. Of the rows it is made of what PostgreSQL
/// compares before it says that a "cached plan must not change result type" (equalRowTypes in its tupdesc.c): how many
/// columns, and of each the name, the type and its modifier. Table and column numbers it does not compare, nor do we: a
/// table that was made anew alike is as good. Of a domain RowDescription tells the type beneath it, so that a change
/// from one to the other is not seen; no client sees it.
public final class ResultShape {
    /// Nobody knows.
    public static final long UNKNOWN = 0;

    private static final long PRIME = 0x9E3779B97F4A7C15L;

    private ResultShape() {}

    /// Of a statement with these parameters and without rows.
    ///
    /// @param parameters the types in a ParameterDescription
    public static long ofParameters(byte[] parameters) {
        long shape = PRIME;
        for (byte one : parameters) {
            shape = mixed(shape, one);
        }
        return known(shape);
    }

    /// Of a statement with such parameters and the rows of a whole RowDescription.
    ///
    /// @param parameters what [#ofParameters(byte[])] said
    /// @param body where the message's body begins
    public static long of(long parameters, ByteBuf in, int body, int end) {
        int columns = in.getUnsignedShort(body);
        long shape = mixed(parameters, columns + 1);
        int at = body + Short.BYTES;
        for (int i = 0; i < columns; i++) {
            int nul = CString.end(in, at, end);
            if (nul < 0 || end - nul < 1 + 18) {
                return UNKNOWN; // no PostgreSQL says this
            }
            for (; at <= nul; at++) {
                shape = mixed(shape, in.getByte(at));
            }
            shape = mixed(shape, in.getInt(at + 6)); // the type, behind table and column
            shape = mixed(shape, in.getInt(at + 12)); // its modifier, behind the length
            at += 18;
        }
        return known(shape);
    }

    private static long known(long shape) {
        return shape == UNKNOWN ? PRIME : shape;
    }

    private static long mixed(long shape, int with) {
        long product = (shape ^ with) * PRIME;
        return product ^ (product >>> 29);
    }
}
