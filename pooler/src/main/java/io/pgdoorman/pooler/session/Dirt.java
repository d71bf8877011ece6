package io.pgdoorman.pooler.session;

import java.nio.charset.StandardCharsets;

/// What a client left behind in a server's session, as a bit set, and the SQL that takes it away.
///
/// Only what is there is reset: a clean server goes back without a round trip.
public final class Dirt {
    public static final int NONE = 0;
    public static final int SETTINGS = 1;
    public static final int CURSORS = 2;
    public static final int STATEMENTS = 4;
    public static final int LISTENS = 8;
    public static final int LOCKS = 16;
    public static final int TEMP = 32;

    /// What `currval` and `lastval` tell.
    public static final int SEQUENCES = 64;

    /// A loaded library: nothing takes it away but the end of the connection.
    public static final int LIBRARIES = 128;

    /// What is assumed of a statement that was too long to be looked at.
    public static final int UNKNOWN = SETTINGS | CURSORS | LISTENS | LOCKS | TEMP | SEQUENCES;

    /// All that SQL can take away.
    public static final int ALL = UNKNOWN | STATEMENTS;

    /// What a rollback takes back.
    static final int TRANSACTIONAL = SETTINGS | CURSORS | LISTENS | TEMP;

    private static final byte[][] RESETS = resets();

    private Dirt() {}

    /// The query that removes this dirt; empty where there is none that SQL could remove.
    public static byte[] resetSql(int dirt) {
        return RESETS[dirt & ALL].clone();
    }

    private static byte[][] resets() {
        var all = new byte[ALL + 1][];
        for (int dirt = 0; dirt < all.length; dirt++) {
            var sql = new StringBuilder();
            // RESET ALL leaves role and session authorization alone (PostgreSQL manual, "RESET").
            append(sql, dirt, SETTINGS, "RESET SESSION AUTHORIZATION;RESET ROLE;RESET ALL;");
            append(sql, dirt, CURSORS, "CLOSE ALL;");
            append(sql, dirt, STATEMENTS, "DEALLOCATE ALL;");
            append(sql, dirt, LISTENS, "UNLISTEN *;");
            append(sql, dirt, LOCKS, "SELECT pg_catalog.pg_advisory_unlock_all();");
            append(sql, dirt, TEMP, "DISCARD TEMP;");
            append(sql, dirt, SEQUENCES, "DISCARD SEQUENCES;");
            all[dirt] = sql.toString().getBytes(StandardCharsets.US_ASCII);
        }
        return all;
    }

    private static void append(StringBuilder sql, int dirt, int bit, String reset) {
        if ((dirt & bit) != 0) {
            sql.append(reset);
        }
    }
}
