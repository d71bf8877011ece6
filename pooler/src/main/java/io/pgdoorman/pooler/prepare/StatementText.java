package io.pgdoorman.pooler.prepare;

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

    /// It has no result, and its parameters are those that its Parse declares.
    public static final int NO_RESULT = 1 << 19;

    /// Whether it has a result, and the types of its parameters, PostgreSQL has to say.
    public static final int UNSURE_RESULT = 1 << 20;

    /// Its result is that of a utility, which may be another each time it runs.
    public static final int UTILITY_RESULT = 1 << 21;

    private static final byte[] SET = {'s', 'e', 't'};
    private static final byte[] BEGIN = {'b', 'e', 'g', 'i', 'n'};
    private static final byte[] RESET = {'r', 'e', 's', 'e', 't'};
    private static final byte[] START = {'s', 't', 'a', 'r', 't'};
    private static final byte[] DEALLOCATE = {'d', 'e', 'a', 'l', 'l', 'o', 'c', 'a', 't', 'e'};
    private static final byte[] DISCARD = {'d', 'i', 's', 'c', 'a', 'r', 'd'};

    private StatementText() {}

    /// The bits above of the query text at the beginning of `tail`.
    public static int traits(byte[] tail) {
        int found = 0;
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
