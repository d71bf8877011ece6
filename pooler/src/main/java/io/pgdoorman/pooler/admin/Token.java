package io.pgdoorman.pooler.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A word of a query string.
sealed interface Token {

    /// As it is written, without quotes.
    String text();

    /// An unquoted name or number.
    record Word(String text) implements Token {}

    /// A name in double quotes.
    record Quoted(String text) implements Token {}

    /// A text in single quotes.
    record Literal(String text) implements Token {}

    /// Any other character.
    record Sign(String text) implements Token {}

    default boolean isSemicolon() {
        return this instanceof Sign(var text) && text.equals(";");
    }

    /// What a name is as PostgreSQL folds it: lower case unless quoted.
    default String folded() {
        return this instanceof Word(var text) ? text.toLowerCase(Locale.ROOT) : text();
    }

    /// All tokens of a query string; comments and white space separate them. A quote or comment without an end
    /// goes to the end of the string.
    static List<Token> of(String sql) {
        var tokens = new ArrayList<Token>();
        var at = 0;
        while (at < sql.length()) {
            var c = sql.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (sql.startsWith("--", at)) {
                at = endOf(sql, "\n", at + 2);
            } else if (sql.startsWith("/*", at)) {
                at = endOf(sql, "*/", at + 2);
            } else if (c == '\'' || c == '"') {
                at = quoted(sql, at, tokens);
            } else if (isOfWord(c)) {
                var end = at + 1;
                while (end < sql.length() && isOfWord(sql.charAt(end))) {
                    end++;
                }
                tokens.add(new Word(sql.substring(at, end)));
                at = end;
            } else {
                tokens.add(new Sign(sql.substring(at, at + 1)));
                at++;
            }
        }
        return tokens;
    }

    private static boolean isOfWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '-' || c == '.' || c == '$' || Character.isSurrogate(c);
    }

    private static int endOf(String sql, String end, int from) {
        var found = sql.indexOf(end, from);
        return found < 0 ? sql.length() : found + end.length();
    }

    /// Takes a quoted text; a doubled quote stands for one.
    private static int quoted(String sql, int begin, List<Token> tokens) {
        var quote = sql.charAt(begin);
        var text = new StringBuilder();
        var at = begin + 1;
        while (at < sql.length()) {
            if (sql.charAt(at) == quote) {
                if (at + 1 == sql.length() || sql.charAt(at + 1) != quote) {
                    break;
                }
                at++;
            }
            text.append(sql.charAt(at));
            at++;
        }
        tokens.add(quote == '"' ? new Quoted(text.toString()) : new Literal(text.toString()));
        return Math.min(at + 1, sql.length());
    }
}
