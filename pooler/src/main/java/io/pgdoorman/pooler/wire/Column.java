package io.pgdoorman.pooler.wire;

/// A column of a RowDescription that the pooler writes itself.
public record Column(String name, Type type) {

    /// The types that the pooler's own rows have.
    public enum Type {
        TEXT(25, -1),
        /// A whole number of up to 64 bits; its text is what `Long.toString` writes.
        BIGINT(20, Long.BYTES);

        private final int oid;
        private final int size;

        Type(int oid, int size) {
            this.oid = oid;
            this.size = size;
        }

        int oid() {
            return oid;
        }

        /// Bytes of a value as `pg_type.typlen` has it.
        int size() {
            return size;
        }
    }

    public static Column text(String name) {
        return new Column(name, Type.TEXT);
    }

    public static Column number(String name) {
        return new Column(name, Type.BIGINT);
    }
}
