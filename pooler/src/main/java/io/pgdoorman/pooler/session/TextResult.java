package io.pgdoorman.pooler.session;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/// Whether a statement has a result, as far as its text tells. PostgreSQL describes in a failed transaction only what
/// has none (exec_describe_statement_message in its postgres.c).
public enum TextResult {
    /// It has none, and its parameters are those that its Parse declares, as PostgreSQL looks for none in it.
    NONE,

    /// PostgreSQL has to say, and which types its parameters have.
    UNSURE,

    /// It has one, which depends on what is there when it runs, or is always the same: PostgreSQL does not look whether
    /// it changed.
    OF_UTILITY,

    /// It has one.
    SOME;

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

    /// Utilities that may hold a query, in which PostgreSQL looks for parameters.
    private static final Set<String> HOLDING_QUERIES = Set.of("create", "declare");

    private static final Set<String> TELLING = Set.of("show", "explain", "fetch", "execute");

    /// What changes rows may return some; a procedure may have results.
    private static final Set<String> CHANGING = Set.of("insert", "update", "delete", "merge", "with", "call");

    private static final byte[] INTO = "into".getBytes(StandardCharsets.US_ASCII);

    /// Of the text in `from..end`; a NUL ends it too.
    public static TextResult of(ByteBuf text, int from, int end) {
        var tokens = new SqlTokens(text, from, end, false);
        int token = tokens.next();
        while (token == SqlTokens.SYMBOL && (tokens.symbol() == ';' || tokens.symbol() == '(')) {
            token = tokens.next();
        }
        if (token == SqlTokens.END) {
            return NONE;
        }
        var word = token == SqlTokens.WORD ? tokens.text().toLowerCase(Locale.ROOT) : "";
        if (CHANGING.contains(word)) {
            return UNSURE;
        }
        if (UTILITIES.contains(word)) {
            return HOLDING_QUERIES.contains(word) && holds(tokens, true) ? UNSURE : NONE;
        }
        if (TELLING.contains(word)) {
            return OF_UTILITY;
        }
        return holds(tokens, false) ? UNSURE : SOME;
    }

    /// Whether the rest has a parameter, or else an INTO, which makes a table of a SELECT. Where it depends on a
    /// setting how the text is read, it may.
    private static boolean holds(SqlTokens tokens, boolean parameter) {
        int token;
        while ((token = tokens.next()) != SqlTokens.END) {
            if (parameter
                    ? token == SqlTokens.SYMBOL && tokens.symbol() == '$'
                    : token == SqlTokens.WORD && tokens.is(INTO)) {
                return true;
            }
        }
        return tokens.isAmbiguous();
    }
}
