package io.pgdoorman.pooler.prepare;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/// What a statement's text may do to the plan of what follows it; looked at once for each new text.
///
/// A word inside a literal counts too: a false alarm costs a moment's wait, and only in a pipeline.
public final class StatementText {
    /// The lower bits, which others use for what the text may leave behind.
    public static final int LEAVES = (1 << 16) - 1;

    /// It may begin a transaction block.
    public static final int BEGINS = 1 << 16;

    /// It may make PostgreSQL forget prepared statements.
    public static final int FORGETS = 1 << 17;

    /// It may set a parameter.
    public static final int SETS = 1 << 18;

    /// It has no result, and its parameters are those that its Parse declares, as PostgreSQL looks for none in it.
    public static final int UTILITY = 1 << 19;

    /// It changes rows; whether it returns some, and the types of its parameters, PostgreSQL has to say.
    public static final int CHANGES = 1 << 20;

    /// All but those that have a result: SHOW, EXPLAIN, FETCH, EXECUTE, CALL.
    private static final Set<String> UTILITIES = Set.of(
            "abort",
            "alter",
            "analyze",
            "begin",
            "checkpoint",
            "close",
            "cluster",
            "comment",
            "commit",
            "copy",
            "create",
            "deallocate",
            "declare",
            "discard",
            "do",
            "drop",
            "end",
            "grant",
            "import",
            "listen",
            "load",
            "lock",
            "move",
            "notify",
            "prepare",
            "reassign",
            "refresh",
            "reindex",
            "release",
            "reset",
            "revoke",
            "rollback",
            "savepoint",
            "security",
            "set",
            "start",
            "truncate",
            "unlisten",
            "vacuum");

    private static final Set<String> CHANGING = Set.of("insert", "update", "delete", "merge", "with");

    private static final byte[] SET = {'s', 'e', 't'};
    private static final byte[] BEGIN = {'b', 'e', 'g', 'i', 'n'};
    private static final byte[] RESET = {'r', 'e', 's', 'e', 't'};
    private static final byte[] START = {'s', 't', 'a', 'r', 't'};
    private static final byte[] DEALLOCATE = {'d', 'e', 'a', 'l', 'l', 'o', 'c', 'a', 't', 'e'};
    private static final byte[] DISCARD = {'d', 'i', 's', 'c', 'a', 'r', 'd'};

    private StatementText() {}

    /// The bits above of the query text at the beginning of `tail`.
    public static int traits(byte[] tail) {
        int found = kind(firstWord(tail));
        for (int at = 0; at < tail.length && tail[at] != 0; at++) {
            found |= switch (tail[at] | 0x20) {
                case 'b' -> is(tail, at, BEGIN) ? BEGINS : 0;
                case 's' -> is(tail, at, START) ? BEGINS : is(tail, at, SET) ? SETS : 0;
                case 'r' -> is(tail, at, RESET) ? SETS : 0;
                case 'd' -> is(tail, at, DEALLOCATE) || is(tail, at, DISCARD) ? FORGETS : 0;
                default -> 0;
            };
        }
        return found;
    }

    private static int kind(String word) {
        if (UTILITIES.contains(word)) {
            return UTILITY;
        }
        return CHANGING.contains(word) ? CHANGES : 0;
    }

    private static String firstWord(byte[] text) {
        int from = 0;
        while (from < text.length && Character.isWhitespace(text[from])) {
            from++;
        }
        int to = from;
        while (to < text.length && Character.isAlphabetic(text[to])) {
            to++;
        }
        return new String(text, from, to - from, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
    }

    private static boolean is(byte[] text, int at, byte[] word) {
        if (text.length - at < word.length) {
            return false;
        }
        for (int i = 1; i < word.length; i++) {
            if ((text[at + i] | 0x20) != word[i]) {
                return false;
            }
        }
        return true;
    }
}
